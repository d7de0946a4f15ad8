package dev.rill.simulation;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.simulation.Chaos;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What one client does.
 *
 * @param request what it asks
 * @param asking how and when it asks
 * @param stop when it wants the answer stopped
 * @param silence after how long without an event it asks again
 * @param watches when it opens a second socket, which only reads
 * @param sequel what it does after the terminal event
 */
record Plan(Request request, Asking asking, Stop stop, Duration silence, Optional<Watch> watches, Sequel sequel) {

    /**
     * What a client asks.
     *
     * @param prompt tells the prompt apart from those of all other clients
     * @param key the idempotency key; empty if the client does not name its request, and so must not repeat it
     * @param stored whether the response may be read after its end
     * @param answer whether the model is to answer; a warm-up only begins a conversation
     * @param previous the turn that the request continues; empty if it begins a conversation
     */
    record Request(String prompt, Optional<String> key, boolean stored, Answer answer, Optional<Previous> previous) {}

    /**
     * How a client asks.
     *
     * @param after when it asks
     * @param twice it sends its request twice at once, as an impatient client does
     */
    record Asking(Transport transport, Duration after, boolean twice) {}

    enum Answer {
        BY_MODEL,
        WARM_UP
    }

    /**
     * An earlier turn of a conversation.
     *
     * @param turns the texts of the conversation up to the output of that turn
     */
    record Previous(ResponseId id, List<String> turns) {
        Previous {
            turns = List.copyOf(turns);
        }
    }

    /** What a client does after the terminal event. */
    enum Sequel {
        NOTHING,
        /** Asks the next question of the conversation. */
        CONTINUE,
        /** Sends the same request with the same key once more. */
        REPEAT,
        /** Deletes the response. */
        DELETE
    }

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
        var repeats = chaos.chance(0.7);
        var warmUp = transport == Transport.SOCKET && chaos.chance(0.05);
        var request = new Request(
                "prompt " + index,
                repeats ? Optional.of("client-" + index) : Optional.empty(),
                chaos.chance(0.8),
                warmUp ? Answer.WARM_UP : Answer.BY_MODEL,
                Optional.empty());
        var after = chaos.millis(0, 4_000);
        var stop = warmUp ? new Stop.Never() : stop(chaos);
        return new Plan(
                request,
                new Asking(transport, after, repeats && !warmUp && chaos.chance(0.1)),
                stop,
                chaos.chance(0.7) ? Duration.ofSeconds(10) : Duration.ofMinutes(2),
                chaos.chance(0.4) ? Optional.of(watch(chaos)) : Optional.empty(),
                sequel(request, chaos));
    }

    private static Sequel sequel(Request request, Chaos chaos) {
        var most = request.answer() == Answer.WARM_UP ? 4 : 10;
        return switch (chaos.below(most)) {
            case 0, 1 -> request.stored() ? Sequel.CONTINUE : Sequel.NOTHING;
            case 2 -> request.stored() && request.key().isPresent() ? Sequel.REPEAT : Sequel.NOTHING;
            case 3 -> request.stored() ? Sequel.DELETE : Sequel.NOTHING;
            default -> Sequel.NOTHING;
        };
    }

    /** The plan of the next turn of the conversation. */
    Plan continued(Previous previous) {
        var next = new Request(
                request.prompt + ", next",
                request.key.map(key -> key + "-next"),
                true,
                Answer.BY_MODEL,
                Optional.of(previous));
        return new Plan(
                next,
                new Asking(transport(), Duration.ZERO, false),
                new Stop.Never(),
                silence,
                Optional.empty(),
                Sequel.NOTHING);
    }

    /** The plan of the same request, sent once more. */
    Plan repeated() {
        return new Plan(
                request,
                new Asking(transport(), Duration.ofSeconds(1), false),
                new Stop.Never(),
                silence,
                Optional.empty(),
                Sequel.NOTHING);
    }

    Transport transport() {
        return asking.transport;
    }

    Duration asksAfter() {
        return asking.after;
    }

    boolean asksTwice() {
        return asking.twice;
    }

    String prompt() {
        return request.prompt;
    }

    /** Whether the client names its request, so that it may repeat it. */
    boolean repeats() {
        return request.key.isPresent();
    }

    boolean stored() {
        return request.stored;
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
