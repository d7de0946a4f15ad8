package dev.rill.local.gateway;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** A meter that adds up. Safe for use by many threads. */
public final class Tally implements Meter {
    private final LongAdder messagesIn = new LongAdder();
    private final LongAdder messagesOut = new LongAdder();
    private final LongAdder connectionSeconds = new LongAdder();
    private final LongAdder connections = new LongAdder();
    private final LongAdder requests = new LongAdder();

    @Override
    public void message(Direction direction, int bytes) {
        switch (direction) {
            case FROM_CLIENT -> messagesIn.add(Meter.billedMessages(bytes));
            case TO_CLIENT -> messagesOut.add(Meter.billedMessages(bytes));
        }
    }

    @Override
    public void connection(Duration lasted) {
        connections.increment();
        connectionSeconds.add(lasted.toSeconds());
    }

    @Override
    public void httpRequest() {
        requests.increment();
    }

    /** What was added up so far. */
    public Reading read() {
        return new Reading(
                messagesIn.sum(), messagesOut.sum(), connections.sum(), connectionSeconds.sum() / 60.0, requests.sum());
    }

    /**
     * Sums since the start.
     *
     * @param messagesIn messages of clients, in steps of 32 KB
     * @param messagesOut messages to clients, in steps of 32 KB
     * @param connections connections that have ended
     * @param connectionMinutes how long they lasted together
     * @param httpRequests requests of the function URL
     */
    public record Reading(
            long messagesIn, long messagesOut, long connections, double connectionMinutes, long httpRequests) {}
}
