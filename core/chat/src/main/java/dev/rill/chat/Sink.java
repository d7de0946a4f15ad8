package dev.rill.chat;

/** Port: where the events of one response go, in order. One thread delivers. */
@FunctionalInterface
public interface Sink {

  /**
   * Hands over one event; may block while the client reads slowly. After {@link Delivery#GONE} it is not called again.
   *
   * @throws InterruptedException if the answer is being ended meanwhile
   */
  Delivery deliver(Event event) throws InterruptedException;
}
