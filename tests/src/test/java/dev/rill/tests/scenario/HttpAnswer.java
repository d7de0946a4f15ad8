package dev.rill.tests.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.conformance.Conformance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/** An HTTP response whose body is read while it arrives. One thread reads; close it. */
public final class HttpAnswer implements AutoCloseable {

    private static final String DATA = "data: ";

    private final int status;
    private final HttpHeaders headers;
    private final BufferedReader body;
    private boolean eventsHaveIds;

    public HttpAnswer(int status, HttpHeaders headers, InputStream body) {
        this.status = status;
        this.headers = headers;
        this.body = new BufferedReader(new InputStreamReader(body, UTF_8));
    }

    public int status() {
        return status;
    }

    /** The header's only value; empty if there is none. */
    public String header(String name) {
        return String.join(", ", headers.allValues(name));
    }

    /**
     * Waits for the end; returns what has not been read yet. Chunks of UI messages are no events of Open Responses; the
     * vectors of their encoder are checked with the AI SDK's schema.
     *
     * @throws AssertionError if an object or event in it does not {@linkplain Conformance conform}
     */
    public String text() throws IOException {
        var text = body.readAllAsString();
        if (header("x-vercel-ai-ui-message-stream").isEmpty()) {
            Conformance.requireBody(header("content-type"), text);
        }
        return text;
    }

    /** The whole body as one JSON value. */
    public JsonNode json() throws IOException {
        return Json.read(text());
    }

    /** Waits for the next server-sent event of a protocol whose events have data alone; returns it. */
    public JsonNode nextChunk() throws IOException {
        var line = body.readLine();
        while (line != null && !line.startsWith(DATA)) {
            line = body.readLine();
        }
        if (line == null) {
            throw new AssertionError("the stream has ended");
        }
        return Json.read(line.substring(DATA.length()));
    }

    /**
     * Waits for the next server-sent event; returns its payload. Comments are ignored. An event may have its number as
     * {@code id:}.
     *
     * @throws AssertionError if the text is no event, its {@code event:} is not its type, its {@code id:} is not its
     *     number, the body has ended, or the event does not {@linkplain Conformance conform}
     */
    public JsonNode nextEvent() throws IOException {
        var lines = nextLines();
        var data = lines.getLast();
        if (!data.startsWith(DATA)) {
            throw new AssertionError("no event: " + lines);
        }
        var payload = data.substring(DATA.length());
        var event = Json.read(payload);
        var name = "event: " + event.path("type").asText();
        var id = "id: " + event.path("sequence_number").asLong(-1);
        var expected = lines.size() == 2 ? List.of(name, data) : List.of(id, name, data);
        if (!lines.equals(expected)) {
            throw new AssertionError(lines + " must be " + expected);
        }
        eventsHaveIds = lines.size() == 3;
        Conformance.requirePayload(payload);
        return event;
    }

    /** Whether the last event that was read has its number as {@code id:}. */
    public boolean eventsHaveIds() {
        return eventsHaveIds;
    }

    /** The lines of the next event, without comments. One may stand before it without an empty line. */
    private List<String> nextLines() throws IOException {
        List<String> lines = new ArrayList<>();
        do {
            lines.clear();
            for (var line = body.readLine(); !"".equals(line); line = body.readLine()) {
                if (line == null) {
                    throw new AssertionError("the body has ended after " + lines);
                }
                if (!line.startsWith(":")) {
                    lines.add(line);
                }
            }
        } while (lines.isEmpty());
        return lines;
    }

    /** Reads all events up to the terminal one, checks them, and checks that {@code [DONE]} and the end follow. */
    public Transcript events() throws IOException {
        List<JsonNode> events = new ArrayList<>();
        do {
            events.add(nextEvent());
        } while (!Transcript.isTerminal(events.getLast()));
        var rest = text();
        if (!rest.equals("data: [DONE]\n\n")) {
            throw new AssertionError("after the terminal event comes '" + rest + "'");
        }
        return new Transcript(events).requireWhole();
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
