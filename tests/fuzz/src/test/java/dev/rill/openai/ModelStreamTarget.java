package dev.rill.openai;

import dev.rill.chat.model.ModelException;
import dev.rill.chat.protocol.Json;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.fuzz.Pieces;
import java.time.Duration;
import java.time.Instant;

/** The body of a model server's answer. */
public final class ModelStreamTarget implements FuzzTarget {

    private static final String KEY = "sk-QZKEYQZ";

    @Override
    public void test(byte[] input) {
        var failures =
                new FailureMapper(() -> Instant.EPOCH, new Redaction(KEY, "model.test:8000"), ModelApi.RESPONSES);
        var body = new AbortableInputStream(Pieces.of(input, 7_000), () -> {});
        try (var stream = new OpenAiStream(body, new ResponsesDecoder(failures), failures)) {
            for (var next = stream.next(); next.isPresent(); next = stream.next()) {
                var event = next.get();
                Checks.require(!event.type().isBlank(), "an event without a type");
                Checks.require(Checks.isJson(Json.write(event.payload())), "an event that is not written as JSON");
            }
        } catch (ModelException e) {
            var words = String.valueOf(e.getMessage());
            Checks.require(!words.isBlank() && words.length() <= 500, "a failure without words, or with too many");
            Checks.require(!words.contains(KEY), "a failure shows the key");
            Checks.require(
                    e.retryAfter()
                            .map(wait -> !wait.isNegative() && wait.compareTo(Duration.ofDays(1)) <= 0)
                            .orElse(true),
                    "a wait of less than nothing or more than a day");
        }
    }
}
