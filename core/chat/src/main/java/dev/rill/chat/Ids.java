package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
   * The id of a request that may be repeated: the same subject, mark and body give the same id, so a repeat finds the response that is
   * there. It can be guessed by whoever knows all three; a response is only ever shown to its subject.
   *
   * @param mark the client's own: an {@code event_id} or an {@code Idempotency-Key}
   */
  static ResponseId ofRepeatable(Subject subject, String mark, ObjectNode body) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (var part : List.of(subject.value(), mark, Json.write(body))) {
        var bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
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
   * @param random a cryptographically strong source that is safe for many threads, such as {@code SecureRandom}; under SnapStart
   *     it must not repeat itself in copies of one snapshot ({@code SecureRandom} doesn't)
   */
  static Ids random(RandomGenerator random) {
    return () -> {
      var bits = new byte[16];
      random.nextBytes(bits);
      return new ResponseId("resp_" + HexFormat.of().formatHex(bits));
    };
  }
}
