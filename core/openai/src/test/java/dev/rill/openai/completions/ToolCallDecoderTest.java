package dev.rill.openai.completions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tool calls without a name may make grow. */
@Timeout(20)
class ToolCallDecoderTest {

    private static final int HALF = 512 * 1024;

    private final ChunkDecoder decoder = new ChunkDecoder("5eed");

    @Test
    void argumentsWithoutANameHaveOneLimitForAllCalls() throws Exception {
        decoder.decode(piece(0, "x".repeat(HALF)));
        decoder.decode(piece(1, "x".repeat(HALF)));

        var refused = catchThrowableOfType(ModelException.class, () -> decoder.decode(piece(2, "x")));

        assertThat(refused.failure()).isEqualTo(ModelFailure.INVALID_OUTPUT);
    }

    private static ObjectNode piece(int index, String arguments) {
        var chunk = Json.object();
        var call = chunk.putArray("choices")
                .addObject()
                .put("index", 0)
                .putObject("delta")
                .putArray("tool_calls")
                .addObject()
                .put("index", index);
        call.putObject("function").put("arguments", arguments);
        return chunk;
    }
}
