package dev.rill.chat;

/** Rill's own name for one response, {@code resp_} and 32 characters; never the id that the model's server gave it. */
public record ResponseId(String value) {

  public ResponseId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a response id is not blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
