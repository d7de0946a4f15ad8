package dev.rill.chat;

/** Finds the sink of a response that came off the queue, from what its header says. */
@FunctionalInterface
public interface Audience {
  Sink of(ResponseHeader header);
}
