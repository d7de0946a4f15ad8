package dev.rill.simulation;

import dev.rill.chat.simulation.Chaos;
import java.time.Duration;
import java.util.Optional;

/**
 * What one client does.
 *
 * @param stop when it wants the answer stopped
 * @param silence after how long without an event it asks again
 * @param watches when it opens a second socket, which only reads
 */
record Plan(Request request, Stop stop, Duration silence, Optional<Watch> watches) {

    /**
     * How it asks.
     *
     * @param prompt tells the prompt apart from all others
     * @param repeatable whether it names its request, so that it may repeat it
     * @param doubled it sends its request twice at once, as an impatient client does
     * @param stored whether the response may be read after its end
     * @param after when it asks
     */
    record Request(
            String prompt, Transport transport, boolean repeatable, boolean doubled, boolean stored, Duration after) {}

    /**
     * A second socket for the same answer.
     *
     * @param afterEvents when it is opened
     * @param startingAfter what it says that it has
     */
    record Watch(int afterEvents, long startingAfter) {}

    enum Transport {
        SOCKET,
        HTTP
    }

    /** When a client stops its answer, and how. */
    sealed interface Stop {
        record Never() implements Stop {}

        /** Cancels after so many events. */
        record Cancel(int afterEvents, Transport by) implements Stop {}

        /** Goes away after so many events, and does not come back. */
        record Leave(int afterEvents) implements Stop {}
    }

    static Plan of(int index, Chaos chaos) {
        var transport = chaos.chance(0.7) ? Transport.SOCKET : Transport.HTTP;
        var repeatable = chaos.chance(0.7);
        var stored = chaos.chance(0.8);
        var after = chaos.millis(0, 4_000);
        var stop = stop(chaos);
        var doubled = repeatable && chaos.chance(0.1);
        return new Plan(
                new Request("prompt " + index, transport, repeatable, doubled, stored, after),
                stop,
                chaos.chance(0.7) ? Duration.ofSeconds(10) : Duration.ofMinutes(2),
                chaos.chance(0.4) ? Optional.of(watch(chaos)) : Optional.empty());
    }

    private static Watch watch(Chaos chaos) {
        var startingAfter = switch (chaos.below(4)) {
            case 0 -> 10_000L;
            case 1 -> chaos.below(8);
            default -> -1L;
        };
        return new Watch(1 + chaos.below(8), startingAfter);
    }

    private static Stop stop(Chaos chaos) {
        return switch (chaos.below(10)) {
            case 0, 1 -> new Stop.Cancel(1 + chaos.below(12), chaos.chance(0.7) ? Transport.SOCKET : Transport.HTTP);
            case 2 -> new Stop.Leave(1 + chaos.below(12));
            default -> new Stop.Never();
        };
    }
}
