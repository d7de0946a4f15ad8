package dev.rill.load.faults.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What a client uses of an event that it was sent.
 *
 * @param type the event's type; empty text if it has none or is no JSON object, as messages of API Gateway
 * @param number its {@code sequence_number}
 * @param responseId the id of the response in it
 * @param attempt the attempt that {@code rill:response.restarted} announces
 * @param delta the text of {@code response.output_text.delta}; empty text for other types
 * @param code the code or message of an error; empty text if there is none
 * @param output the whole text of the response in it
 * @param content the whole event
 */
public record ServerEvent(
        String type,
        OptionalLong number,
        Optional<String> responseId,
        OptionalLong attempt,
        String delta,
        String code,
        String output,
        EventContent content) {

    static final String RESTARTED = "rill:response.restarted";

    private static final Set<String> TERMINAL =
            Set.of("response.completed", "response.incomplete", "response.failed", "response.cancelled");
    private static final JsonMapper MAPPER = new JsonMapper();

    public static ServerEvent parse(String text) {
        JsonNode json;
        try {
            json = MAPPER.readTree(text);
        } catch (JsonProcessingException _) {
            return new ServerEvent(
                    "",
                    OptionalLong.empty(),
                    Optional.empty(),
                    OptionalLong.empty(),
                    "",
                    "not JSON",
                    "",
                    EventContent.of(text, MissingNode.getInstance()));
        }
        var type = json.path("type").asText("");
        return new ServerEvent(
                type,
                whole(json.path("sequence_number")),
                Optional.ofNullable(json.at("/response/id").textValue()),
                whole(json.path("attempt")),
                type.equals("response.output_text.delta") ? json.path("delta").asText() : "",
                code(json),
                outputText(json.at("/response/output")),
                EventContent.of(text, json));
    }

    /** Parses an event, and keeps its whole text for one comparison. */
    static ServerEvent parseWhole(String text) {
        var event = parse(text);
        return new ServerEvent(
                event.type,
                event.number,
                event.responseId,
                event.attempt,
                event.delta,
                event.code,
                event.output,
                event.content.whole(text));
    }

    /** The event without the texts that a client needs only once. */
    public ServerEvent trimmed() {
        return new ServerEvent(type, number, responseId, attempt, "", code, "", content);
    }

    /** Whether two events with the same number agree. An event of an attempt that died may be replaced by a restart. */
    public boolean sameAs(ServerEvent other) {
        return isRestart() || other.isRestart() || (type.equals(other.type) && content.sameAs(other.content));
    }

    /** Whether the event belongs to a response, and so must have a number. */
    public boolean belongsToResponse() {
        return type.startsWith("response.") || type.startsWith("rill:response.");
    }

    public boolean isTerminal() {
        return TERMINAL.contains(type);
    }

    public boolean isRestart() {
        return type.equals(RESTARTED);
    }

    /** Whether it is an {@code error} event of Rill, and not a message of API Gateway. */
    public boolean isError() {
        return type.equals("error");
    }

    /** Whether a request was refused: by an {@code error} event, or by a message of API Gateway. */
    public boolean isRefusal() {
        return !belongsToResponse() && !code.isEmpty();
    }

    /** The text of a response's output, in order. */
    static String outputText(JsonNode output) {
        return StreamSupport.stream(output.spliterator(), false)
                .flatMap(item -> StreamSupport.stream(item.path("content").spliterator(), false))
                .filter(part -> part.path("type").asText().equals("output_text"))
                .map(part -> part.path("text").asText())
                .collect(Collectors.joining());
    }

    private static OptionalLong whole(JsonNode number) {
        return number.isIntegralNumber() ? OptionalLong.of(number.longValue()) : OptionalLong.empty();
    }

    private static String code(JsonNode json) {
        for (var place : new JsonNode[] {
            json.at("/response/error/code"), json.at("/error/code"), json.at("/code"), json.at("/message")
        }) {
            if (place.isTextual()) {
                return place.textValue();
            }
        }
        return "";
    }
}
