package dev.rill.simulation;

import dev.rill.chat.answer.DeliveryProtocolExplorer;
import dev.rill.chat.answer.DeliveryProtocolExplorer.Bounds;
import dev.rill.chat.answer.LaneExplorer;
import dev.rill.chat.log.Subscriptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Looks for an order of few steps in which the delivery protocol, or the hand-on of lanes, breaks a promise. A class
 * loader that holds another version of the engine makes an instance of this class by its constructor without arguments;
 * only types of the JDK cross that border.
 */
public final class ProtocolSearch implements Supplier<Optional<String>> {

    private static final List<Bounds> BOUNDS = List.of(
            new Bounds(7, Subscriptions.MAX_SOCKETS, Duration.ZERO),
            new Bounds(6, 2, Duration.ZERO),
            new Bounds(6, Subscriptions.MAX_SOCKETS, Duration.ofSeconds(20)));

    /** Returns the first violation, in words; empty if there is none. */
    @Override
    public Optional<String> get() {
        try {
            BOUNDS.forEach(DeliveryProtocolExplorer::explore);
            var _ = LaneExplorer.explore(2, 10);
            var _ = LaneExplorer.explore(3, 8);
            return Optional.empty();
        } catch (AssertionError | RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
