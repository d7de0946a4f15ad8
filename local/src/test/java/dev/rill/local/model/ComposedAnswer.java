package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ObjectMappers;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.ResponseStreamEvent;
import dev.rill.local.model.Behaviour.Pace;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * An answer of the model without HTTP. Every event is valid by the schema of Open Responses, and OpenAI's client
 * accumulates them to the response of the terminal event.
 */
record ComposedAnswer(List<ObjectNode> events) {

    private static final OpenResponsesSchema SCHEMA = new OpenResponsesSchema();

    /** Composes the answer to a request of JSON with single quotes. */
    static ComposedAnswer to(String request) {
        return to(json(request));
    }

    static ComposedAnswer to(ObjectNode body) {
        return to(body, ReasoningSeal.withRandomKey());
    }

    static ComposedAnswer to(ObjectNode body, ReasoningSeal seal) {
        var request = new ResponseRequest(body);
        RequestRules.check(request, seal);
        var parsed = Commands.read(request.prompt(), Behaviour.DEFAULT.with(Pace.UNPACED));
        var script = new AnswerScript(
                request, parsed.behaviour(), parsed.prompt(), seal, new SplittableRandom(1), Instant.ofEpochSecond(1));
        var events =
                script.steps().stream().map(step -> ((Step.Send) step).event()).toList();
        var answer = new ComposedAnswer(events);
        answer.requireValidEvents();
        answer.requireAccumulates();
        return answer;
    }

    /** JSON with single quotes. */
    static ObjectNode json(String text) {
        return parsed(text.replace('\'', '"'));
    }

    static ObjectNode parsed(String text) {
        try {
            return (ObjectNode) new JsonMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** The types without {@code response.}; repeated deltas are one with a star. */
    String trace() {
        return events.stream()
                .map(event -> event.path("type").asText().substring("response.".length()))
                .collect(Collectors.joining(";", "", ";"))
                .replaceAll("([a-z_.]+\\.delta;)+", "$1")
                .replace(".delta;", ".delta*;");
    }

    JsonNode response() {
        return events.getLast().path("response");
    }

    JsonNode item(int index) {
        return response().path("output").path(index);
    }

    String text() {
        return item(response().path("output").size() - 1).at("/content/0/text").asText();
    }

    private void requireValidEvents() {
        for (var event : events) {
            assertThat(SCHEMA.errorsOfEvent(event.path("type").asText(), event.toString()))
                    .as(event.toString())
                    .isEmpty();
        }
    }

    private void requireAccumulates() {
        var accumulator = ResponseAccumulator.create();
        try {
            for (var event : events) {
                accumulator.accumulate(
                        ObjectMappers.jsonMapper().readValue(event.toString(), ResponseStreamEvent.class));
            }
            var accumulated = accumulator.response().validate();
            assertThat(accumulated.output()).hasSize(response().path("output").size());
            assertThat(accumulated.id()).isEqualTo(response().path("id").asText());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
