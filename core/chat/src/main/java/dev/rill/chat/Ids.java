package dev.rill.chat;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Issues response ids. Safe for use by many threads. */
@FunctionalInterface
public interface Ids {

  /** A new id, never given before. */
  ResponseId next();

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
