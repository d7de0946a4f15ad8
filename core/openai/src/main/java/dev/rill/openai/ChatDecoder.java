package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.openai.completions.ChunkDecoder;
import java.util.List;
import java.util.UUID;

/** The chunks of Chat Completions, as events of the Responses API. */
final class ChatDecoder implements StreamDecoder {

    private final FailureMapper failures;
    /** Items need ids of their own: some servers give each answer the same id. */
    private final ChunkDecoder chunks =
            new ChunkDecoder(UUID.randomUUID().toString().replace("-", ""));

    ChatDecoder(FailureMapper failures) {
        this.failures = failures;
    }

    @Override
    public List<ModelEvent> decode(ServerSentEvents.Message message) throws ModelException {
        var payload = Json.findObjectFromModel(message.data())
                .orElseThrow(() -> FailureMapper.of(ModelFailure.INVALID_OUTPUT, null));
        if (isError(message, payload)) {
            throw failures.reported(payload);
        }
        if (!ChunkDecoder.isChunk(payload)) {
            throw FailureMapper.of(ModelFailure.INVALID_OUTPUT, null);
        }
        return chunks.decode(payload);
    }

    /** An error may come in a chunk of its own, or in one with choices. */
    private static boolean isError(ServerSentEvents.Message message, ObjectNode payload) {
        return message.name().equals(EventTypes.ERROR)
                || payload.hasNonNull("error")
                || payload.path("object").asText("").equals(EventTypes.ERROR)
                || (!ChunkDecoder.isChunk(payload) && ErrorReport.of(payload).hasMessage());
    }

    @Override
    public List<ModelEvent> done() throws ModelException {
        return chunks.end();
    }

    /** A server that has told why the model has stopped has sent the whole answer. */
    @Override
    public List<ModelEvent> cut() throws ModelException {
        return chunks.isFinished() ? chunks.end() : List.of();
    }
}
