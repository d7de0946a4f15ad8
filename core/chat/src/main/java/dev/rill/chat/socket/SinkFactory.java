package dev.rill.chat.socket;

/** Creates the sink of a socket that is attached to a response. */
@FunctionalInterface
public interface SinkFactory {
    Sink of(ClientSocket socket);
}
