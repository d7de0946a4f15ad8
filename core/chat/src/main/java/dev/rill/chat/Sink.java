package dev.rill.chat;

/** Port: where the events of one response go, in order. One thread delivers. */
@FunctionalInterface
public interface Sink {

  /**
   * Hands over one event; may block while the client reads slowly. After anything but {@link Delivery#DELIVERED} it is not called again.
   *
   * @param permit asked before each try
   * @throws InterruptedException if the answer is being ended meanwhile
   */
  Delivery deliver(Event event, Permit permit) throws InterruptedException;

  /** Lets go of a client that can't be reached, so that it notices and may come back. */
  default void abandon() throws InterruptedException {}
}
