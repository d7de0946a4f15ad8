package dev.rill.chat;

import java.util.Optional;

/** Rill's own name for one response, {@code resp_} and 32 characters; never the id that the model's server gave it. */
public record ResponseId(String value) {

  /** Longer than any of ours, and short enough to be looked for anywhere. */
  private static final int MAX_LENGTH = 200;

  public ResponseId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a response id is not blank");
    }
  }

  /** An id that somebody else names; empty where no response can have it, which is no other answer than that there is none. */
  public static Optional<ResponseId> find(String value) {
    return value.isBlank() || value.length() > MAX_LENGTH ? Optional.empty() : Optional.of(new ResponseId(value));
  }

  @Override
  public String toString() {
    return value;
  }
}
