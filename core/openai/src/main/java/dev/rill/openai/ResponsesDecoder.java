package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.util.List;

/**
 * The events of the Responses API. They are passed unchanged: openai-java's types would lose fields that they do not
 * define.
 */
final class ResponsesDecoder implements StreamDecoder {

    private final FailureMapper failures;

    ResponsesDecoder(FailureMapper failures) {
        this.failures = failures;
    }

    @Override
    public List<ModelEvent> decode(ServerSentEvents.Message message) throws ModelException {
        var payload = Json.findObjectFromModel(message.data())
                .orElseThrow(() -> FailureMapper.of(ModelFailure.INVALID_OUTPUT, null));
        var type = payload.path("type").isTextual() ? payload.path("type").textValue() : "";
        if (isError(message, payload, type)) {
            throw failures.reported(payload);
        }
        if (type.isBlank()) {
            throw FailureMapper.of(ModelFailure.INVALID_OUTPUT, null);
        }
        if (type.equals(EventTypes.FAILED)) {
            failures.redact(payload);
        }
        return List.of(new ModelEvent(type, payload));
    }

    @Override
    public List<ModelEvent> done() {
        return List.of();
    }

    @Override
    public List<ModelEvent> cut() {
        return List.of();
    }

    /**
     * Servers report errors by the event's type, by its name, by its {@code object}, or by an object with an error
     * message that is not an event.
     */
    private static boolean isError(ServerSentEvents.Message message, ObjectNode payload, String type) {
        return type.equals(EventTypes.ERROR)
                || message.name().equals(EventTypes.ERROR)
                || payload.path("object").asText("").equals(EventTypes.ERROR)
                || (type.isBlank()
                        && (payload.has("error") || ErrorReport.of(payload).hasMessage()));
    }
}
