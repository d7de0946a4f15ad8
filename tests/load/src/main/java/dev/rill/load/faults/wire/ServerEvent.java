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
 * What a server said, as far as a client minds it.
 *
 * @param type the event's type; empty text where it has none or is no JSON object, as a gateway's own messages
 * @param number its {@code sequence_number}
 * @param responseId the response that it carries
 * @param attempt of {@code rill:response.restarted}
 * @param delta the text of {@code response.output_text.delta}; else empty text
 * @param code the code or message of an error; empty text where there is none
 * @param output the whole text of the response that it carries
 * @param content all of it
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

    /** The same with its whole text, for a comparison: not to be kept. */
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

    /** Without what is not needed once it is known. */
    public ServerEvent trimmed() {
        return new ServerEvent(type, number, responseId, attempt, "", code, "", content);
    }

    /**
     * Whether both say the same of the same number; one that was shown by an attempt that died may have a restart in
     * its place.
     */
    public boolean sameAs(ServerEvent other) {
        return isRestart() || other.isRestart() || (type.equals(other.type) && content.sameAs(other.content));
    }

    /** Whether it is one of a response, and so must be numbered. */
    public boolean belongsToResponse() {
        return type.startsWith("response.") || type.startsWith("rill:response.");
    }

    public boolean isTerminal() {
        return TERMINAL.contains(type);
    }

    public boolean isRestart() {
        return type.equals(RESTARTED);
    }

    /** Rill itself says that something is wrong, and not a gateway in its place. */
    public boolean isError() {
        return type.equals("error");
    }

    /** A request was not taken: an {@code error} event, or what a gateway says in its own words. */
    public boolean isRefusal() {
        return !belongsToResponse() && !code.isEmpty();
    }

    /** All text of a response's output, in order. */
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
