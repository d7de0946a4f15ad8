package dev.rill.load.faults.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One way on which events come, until it closes; several threads may put, one takes. */
public abstract class EventStream {

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

    /** What comes on it. */
    public sealed interface Signal {
        /** An event, and when it came. */
        record Received(ServerEvent event, Instant at) implements Signal {}

        /** It has closed or broken; the last signal. */
        record Closed(String why) implements Signal {}
    }

    /** The next signal, if one comes in that time. */
    public final Optional<Signal> next(Duration timeout) throws InterruptedException {
        return Optional.ofNullable(signals.poll(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS));
    }

    final void put(Signal signal) {
        signals.add(signal);
    }

    /** Whether the client can say something on it. */
    public abstract boolean canSend();

    /** Sends a message; one that can't be sent closes the line. */
    public abstract void send(String message);

    /** Ends it without a word, as a lost network does. */
    public abstract void abort();
}
