package dev.rill.tests.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/** An HTTP response whose body is read while it arrives. One thread reads; close it. */
public final class HttpAnswer implements AutoCloseable {

    private final int status;
    private final HttpHeaders headers;
    private final BufferedReader body;

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

    /** Waits for the end; returns what has not been read yet. */
    public String text() throws IOException {
        return body.readAllAsString();
    }

    /** The whole body as one JSON value. */
    public JsonNode json() throws IOException {
        return Json.read(text());
    }

    /**
     * Waits for the next server-sent event; returns its payload.
     *
     * @throws AssertionError if the text is no event, its {@code event:} is not its type, or the body has ended
     */
    public JsonNode nextEvent() throws IOException {
        var name = body.readLine();
        var data = body.readLine();
        var empty = body.readLine();
        if (name == null || data == null || !"".equals(empty) || !data.startsWith("data: ")) {
            throw new AssertionError("no event: " + name + " / " + data + " / " + empty);
        }
        var event = Json.read(data.substring("data: ".length()));
        if (!name.equals("event: " + event.path("type").asText())) {
            throw new AssertionError(name + " stands before " + data);
        }
        return event;
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
