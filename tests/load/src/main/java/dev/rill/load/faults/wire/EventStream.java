package dev.rill.load.faults.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A connection that brings events until it closes. Many threads may put signals, one takes them. */
public abstract class EventStream {

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

    /** What a connection brings. */
    public sealed interface Signal {
        /** An event, and when it arrived. */
        record Received(ServerEvent event, Instant at) implements Signal {}

        /** The connection was closed or has broken; the last signal. */
        record Closed(String why) implements Signal {}
    }

    /** Waits for the next signal; empty if none comes within the timeout. */
    public final Optional<Signal> next(Duration timeout) throws InterruptedException {
        return Optional.ofNullable(signals.poll(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS));
    }

    final void put(Signal signal) {
        signals.add(signal);
    }

    /** Whether the client can send messages on it. */
    public abstract boolean canSend();

    /** Sends a message. A message that can't be sent closes the connection. */
    public abstract void send(String message);

    /** Ends the connection without a close frame, as the loss of a network does. */
    public abstract void abort();
}
