package dev.rill.chat;

/** Finds the sink of a socket that is attached to a response. */
@FunctionalInterface
public interface Audience {
  Sink of(ClientSocket socket);
}
