package dev.rill.openai;

import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Json;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.fuzz.Pieces;
import java.time.Instant;

/** The body of an answer by Chat Completions. */
public final class ChatStreamTarget implements FuzzTarget {

    private static final String KEY = "sk-QZKEYQZ";

    @Override
    public void test(byte[] input) {
        var failures = new FailureMapper(() -> Instant.EPOCH, new Redaction(KEY, "model.test:8000"), ModelApi.CHAT);
        var body = new AbortableInputStream(Pieces.of(input, 7_000), () -> {});
        try (var stream = new OpenAiStream(body, new ChatDecoder(failures), failures)) {
            var number = 0;
            for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                var payload = next.get().payload();
                Checks.require(payload.path("sequence_number").asInt(-1) == number++, "a gap in the numbers");
                Checks.require(Checks.isJson(Json.write(payload)), "an event that is not written as JSON");
            }
        } catch (ModelException e) {
            var words = String.valueOf(e.getMessage());
            Checks.require(!words.isBlank() && words.length() <= 500, "a failure without words, or with too many");
            Checks.require(!words.contains(KEY), "a failure shows the key");
        }
    }
}
