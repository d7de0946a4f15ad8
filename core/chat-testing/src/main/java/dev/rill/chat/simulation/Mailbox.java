package dev.rill.chat.simulation;

import dev.rill.chat.simulation.SimulatedTime.SimulatedThread;
import dev.rill.chat.simulation.SimulatedTime.Wake;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What one simulated thread is sent by others, each message with a time on its way. Messages come in the order of their
 * arrival. One thread takes.
 */
public final class Mailbox<T> {

    private final SimulatedTime time;
    private final String name;
    private final PriorityQueue<Letter<T>> letters = new PriorityQueue<>(
            Comparator.<Letter<T>>comparingLong(Letter::arrival).thenComparingLong(Letter::order));
    private @Nullable SimulatedThread waiting;
    private long order;

    private record Letter<T>(long arrival, long order, T content) {}

    /** @param name for the report of a deadlock */
    public Mailbox(SimulatedTime time, String name) {
        this.time = time;
        this.name = name;
    }

    /** Sends a message that arrives after this delay. Never waits. */
    public void put(T content, Duration delay) {
        letters.add(new Letter<>(time.deadline(delay), order++, content));
        var reader = waiting;
        if (reader != null) {
            waiting = null;
            time.wake(reader, Wake.SIGNALLED);
        }
    }

    /**
     * Waits for the next message.
     *
     * @param patience how long
     * @return empty if none has arrived by then
     */
    public Optional<T> take(Duration patience) throws InterruptedException {
        var until = time.deadline(patience);
        while (true) {
            var self = time.point();
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            var first = letters.peek();
            if (first != null && first.arrival <= time.nanos()) {
                var _ = letters.remove();
                return Optional.of(first.content);
            }
            if (time.nanos() >= until) {
                return Optional.empty();
            }
            waiting = self;
            var wakeAt = first == null ? until : Math.min(until, first.arrival);
            if (time.block(self, name, true, wakeAt) == Wake.INTERRUPTED) {
                waiting = null;
                throw new InterruptedException();
            }
            waiting = null;
        }
    }

    /** How many messages have not been taken, those under way included. */
    public int size() {
        return letters.size();
    }
}
