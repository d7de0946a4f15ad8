package dev.rill.tests.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The events of one response, in the order of their arrival. */
public record Transcript(List<JsonNode> events) {

    private static final Set<String> TERMINAL =
            Set.of("response.completed", "response.incomplete", "response.failed", "response.cancelled");

    public Transcript {
        events = List.copyOf(events);
    }

    /** Reads a socket up to the terminal event, and checks by a ping that no event follows it. */
    public static Transcript of(Socket socket) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        do {
            events.add(Json.read(socket.receive()));
        } while (!isTerminal(events.getLast()));
        socket.send("{\"type\":\"rill:ping\"}");
        assertThat(socket.receive()).isEqualTo("{\"type\":\"rill:pong\"}");
        return new Transcript(events).requireWhole();
    }

    static boolean isTerminal(JsonNode event) {
        return TERMINAL.contains(event.path("type").asText());
    }

    /**
     * Checks what holds for every response: its events are numbered from 0 without a gap, only the last one is
     * terminal, and all are of one response. What each event must be was checked when it came.
     */
    Transcript requireWhole() {
        assertThat(events)
                .extracting(event -> event.path("sequence_number").asLong(-1))
                .as("sequence numbers")
                .isEqualTo(LongStream.range(0, events.size()).boxed().toList());
        assertThat(events.stream().filter(Transcript::isTerminal).toList())
                .as("terminal events")
                .isEqualTo(List.of(events.getLast()));
        var ids = events.stream()
                .map(event -> event.at("/response/id").asText())
                .filter(id -> !id.isEmpty())
                .collect(Collectors.toSet());
        assertThat(ids).hasSize(1).first().asString().matches("resp_[0-9a-f]{32}");
        return this;
    }

    /**
     * The types, without {@code response.}; deltas of one kind in a row are one with an asterisk, because how many of
     * them are merged depends on time.
     */
    public String trace() {
        var trace = new ArrayList<String>();
        for (var event : events) {
            var type = event.path("type").asText().replaceFirst("^response\\.", "");
            if (!type.endsWith(".delta")) {
                trace.add(type);
            } else if (!(type + "*").equals(trace.isEmpty() ? "" : trace.getLast())) {
                trace.add(type + "*");
            }
        }
        return String.join(";", trace);
    }

    /** The text of all deltas of a type, joined. */
    public String joined(String type) {
        return all(type).stream().map(event -> event.path("delta").asText()).collect(Collectors.joining());
    }

    /** The text of all text deltas, joined. */
    public String text() {
        return joined("response.output_text.delta");
    }

    /** The events of a type. */
    public List<JsonNode> all(String type) {
        return events.stream()
                .filter(event -> event.path("type").asText().equals(type))
                .toList();
    }

    /** The response of the terminal event. */
    public JsonNode response() {
        return events.getLast().path("response");
    }

    /** The error code of the terminal event; empty text if there is none. */
    public String errorCode() {
        return response().at("/error/code").asText();
    }

    /** The text of the first item of the output. */
    public String outputText() {
        return response().at("/output/0/content/0/text").asText();
    }
}
