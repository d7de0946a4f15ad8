package dev.rill.load.faults.client;

import dev.rill.load.faults.client.EventTracker.Arrival;
import dev.rill.load.faults.client.EventTracker.Attempt;
import dev.rill.load.faults.prompt.PromptPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The outcome of one prompt, as its client saw it.
 *
 * @param responseId empty if the prompt was never accepted
 */
public record PromptOutcome(
        PromptPlan plan,
        Optional<String> responseId,
        End end,
        Received received,
        Session session,
        Irregularities irregularities) {

    /** How the prompt ended for the client. */
    public enum Ending {
        COMPLETED,
        FAILED,
        INCOMPLETE,
        /** No terminal event within the timeout. */
        HANGING,
        /** The prompt was never accepted. */
        REFUSED
    }

    /**
     * How the prompt ended, and why.
     *
     * @param reason the code of the failure; empty text if there was none
     */
    public record End(Ending ending, String reason) {}

    /**
     * What the client has read of the answer.
     *
     * @param text the deltas of the last attempt
     * @param lastSeen the greatest sequence number; -1 if no event was accepted
     */
    public record Received(String text, long lastSeen, List<Attempt> attempts, List<Arrival> arrivals) {
        public Received {
            attempts = List.copyOf(attempts);
            arrivals = List.copyOf(arrivals);
        }

        /** Events up to a number, without text. */
        public static Received through(long lastSeen) {
            return new Received("", lastSeen, List.of(), List.of());
        }
    }

    /**
     * What the client did, and what happened to its connection.
     *
     * @param resumes how often the client asked for missed events
     * @param stoppedAt when the client first cancelled the response; empty if it did not
     * @param cutOff whether its connection was lost before it knew of a response
     */
    public record Session(int resumes, Optional<Instant> stoppedAt, boolean cutOff) {}

    /**
     * What was not as it should be.
     *
     * @param repeated the number of events that arrived again
     * @param missing the number of events that must exist but never arrived
     * @param doubled the number of events after the terminal event, and of numbers with two contents
     * @param repeats when an event arrived twice on one connection, unrequested
     * @param problems the broken promises, a phrase each
     */
    public record Irregularities(
            int repeated, long missing, int doubled, List<Instant> repeats, List<String> problems) {

        public static final Irregularities NONE = new Irregularities(0, 0, 0, List.of(), List.of());

        public Irregularities {
            repeats = List.copyOf(repeats);
            problems = List.copyOf(problems);
        }
    }

    public Ending ending() {
        return end.ending();
    }

    public String reason() {
        return end.reason();
    }

    public int restarts() {
        return Math.max(0, received.attempts().size() - 1);
    }
}
