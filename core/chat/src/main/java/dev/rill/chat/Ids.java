package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/** Issues response ids. Safe for use by many threads. */
@FunctionalInterface
public interface Ids {

    /** A new id, never given before. */
    ResponseId next();

    /**
     * The id of a request that may be repeated: the same key, generation and body give the same id, so a repeat finds
     * the response that is there. It can be guessed by a client that knows all of them; a response is only ever shown
     * to its subject.
     *
     * @param generation how often the key was free again, from 0
     */
    static ResponseId ofKey(IdempotencyKey key, int generation, ObjectNode body) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var part : List.of(key.scope(), key.value(), String.valueOf(generation), Json.write(body))) {
                var bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            return new ResponseId("resp_" + HexFormat.of().formatHex(digest.digest(), 0, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Ids of 128 random bits: nobody guesses another's.
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
