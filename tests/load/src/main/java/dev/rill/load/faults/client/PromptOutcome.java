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
 * @param resumes how often the client asked for missed events
 * @param repeated the number of events that arrived again
 * @param missing the number of events that must exist but never arrived
 * @param doubled the number of events after the terminal event, and of numbers with two contents
 * @param stoppedAt when the client first cancelled the response; empty if it did not
 * @param repeats when an event arrived twice on one connection, unrequested
 * @param cutOff whether its connection was lost before it knew of a response
 * @param problems the broken promises, a phrase each
 */
public record PromptOutcome(
        PromptPlan plan,
        Optional<String> responseId,
        Ending ending,
        String reason,
        String text,
        long lastSeen,
        List<Attempt> attempts,
        List<Arrival> arrivals,
        int resumes,
        int repeated,
        long missing,
        int doubled,
        Optional<Instant> stoppedAt,
        List<Instant> repeats,
        boolean cutOff,
        List<String> problems) {

    public PromptOutcome {
        attempts = List.copyOf(attempts);
        arrivals = List.copyOf(arrivals);
        repeats = List.copyOf(repeats);
        problems = List.copyOf(problems);
    }

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

    public int restarts() {
        return Math.max(0, attempts.size() - 1);
    }
}
