package dev.rill.chat;

/** Who answers a response. */
public enum Handling {
  /** A worker that takes its prompt off the queue, and another one if that dies. */
  QUEUE(2, "queue"),
  /** The function that accepted it, while its client waits; no other. */
  DIRECT(1, "direct");

  private final long inProgress;
  private final String wire;

  Handling(long inProgress, String wire) {
    this.inProgress = inProgress;
    this.wire = wire;
  }

  /** The number of {@code response.in_progress}, the last event before output: every attempt would send it alike. */
  public long inProgress() {
    return inProgress;
  }

  /** The word in the tables. */
  public String wire() {
    return wire;
  }

  /**
   * The value of this word.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Handling require(String wire) {
    for (var value : values()) {
      if (value.wire.equals(wire)) {
        return value;
      }
    }
    throw new IllegalArgumentException("no execution is called " + wire);
  }
}
