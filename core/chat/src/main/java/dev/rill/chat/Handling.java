package dev.rill.chat;

/** Who answers a response. */
public enum Handling {
  /** A worker that takes its prompt off the queue, and another one if that dies. */
  QUEUE(2),
  /** The function that accepted it, while its client waits; no other. */
  DIRECT(1);

  private final long inProgress;

  Handling(long inProgress) {
    this.inProgress = inProgress;
  }

  /** The number of {@code response.in_progress}, the last event before output: every attempt would send it alike. */
  public long inProgress() {
    return inProgress;
  }
}
