package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/** Issues response ids. Safe for use by many threads. */
@FunctionalInterface
public interface Ids {

    /** Returns a new id. */
    ResponseId next();

    /**
     * Derives an id from an idempotency key: the same key, generation and body give the same id, so that a repeat finds
     * the existing response. A client that knows all three can compute the id; that is harmless, because only its own
     * subject may read a response.
     *
     * @param generation the number of earlier responses of this key that have failed and freed it, from 0
     */
    static ResponseId ofKey(IdempotencyKey key, int generation, ObjectNode body) {
        var digest = Sha256.digest();
        for (var part : List.of(key.scope(), key.value(), String.valueOf(generation), Json.write(body))) {
            Sha256.addWithLength(digest, part);
        }
        return new ResponseId("resp_" + HexFormat.of().formatHex(digest.digest(), 0, 16));
    }

    /**
     * Returns a source of ids with 128 random bits, which can't be guessed.
     *
     * @param random a cryptographically strong source that is safe for many threads, such as {@code SecureRandom};
     *     under SnapStart it must not repeat itself in copies of one snapshot ({@code SecureRandom} doesn't)
     */
    static Ids random(RandomGenerator random) {
        return () -> {
            var bits = new byte[16];
            random.nextBytes(bits);
            return new ResponseId("resp_" + HexFormat.of().formatHex(bits));
        };
    }
}
