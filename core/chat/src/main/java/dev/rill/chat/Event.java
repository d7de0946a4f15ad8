package dev.rill.chat;

/**
 * One numbered streaming event as the client reads it. Immutable; made once, and the same text on every transport and in the log.
 *
 * @param sequenceNumber counts from 0 in a response without a gap
 * @param type the payload's {@code type}
 * @param json the whole event, one line, {@code type} and {@code sequence_number} included
 */
public record Event(long sequenceNumber, String type, String json) {

  public Event {
    if (sequenceNumber < 0) {
      throw new IllegalArgumentException("sequence numbers count from 0, not " + sequenceNumber);
    }
  }

  /** The last event of its response. */
  public boolean terminal() {
    return EventTypes.isTerminal(type);
  }
}
