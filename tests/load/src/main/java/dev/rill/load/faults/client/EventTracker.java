package dev.rill.load.faults.client;

import dev.rill.load.faults.wire.ServerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a client knows of one answer, and what it makes of each event: the next number is taken, one seen before is
 * dropped, and one that skips means that something was lost on the way. No network and no clock; one thread.
 */
public final class EventTracker {

    private final List<ServerEvent> taken = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private Optional<String> responseId = Optional.empty();
    private Optional<ServerEvent> end = Optional.empty();
    private Optional<String> rejection = Optional.empty();
    private boolean resumeRequested;
    private boolean another;
    private int dropped;
    private int doubled;
    private long beyond = -1;

    /** What the client does next. */
    public enum NextStep {
        /** Goes on reading. */
        READ,
        /** Something was taken: goes on reading. */
        TAKEN,
        /** Asks for everything after {@link #lastSeen}. */
        RESUME,
        /** A request was not taken: asks again a little later. */
        ASK_AGAIN,
        /** Nothing more is to come. */
        DONE
    }

    /** When an event was taken. */
    public record Arrival(Instant at, boolean restarted) {}

    /**
     * The part of an answer that one try of a worker said, as far as a client can tell.
     *
     * @param number as {@code rill:response.restarted} tells it; 1 for what comes before
     * @param first the first event's number
     * @param last the last event's number
     */
    record Attempt(long number, long first, long last) {}

    /**
     * Takes an event, and tells what the client does next.
     *
     * @param at when it came
     */
    public NextStep accept(ServerEvent event, Instant at) {
        if (event.isRefusal()) {
            if (event.isError() && taken.isEmpty() && responseId.isEmpty()) {
                rejection = Optional.of(event.code());
            }
            return NextStep.ASK_AGAIN;
        }
        if (!event.belongsToResponse()) {
            return NextStep.READ;
        }
        if (event.number().isEmpty()) {
            problems.add(event.type() + " without a number");
            return NextStep.READ;
        }
        if (isOfAnother(event)) {
            return NextStep.READ;
        }
        var number = event.number().getAsLong();
        if (number < taken.size()) {
            drop(event, taken.get(Math.toIntExact(number)));
            return NextStep.READ;
        }
        if (end.isPresent()) {
            afterEnd(event);
            return NextStep.READ;
        }
        if (number > taken.size()) {
            // Where the first events got lost, others name the response.
            responseId = responseId.or(event::responseId);
            beyond = Math.max(beyond, number);
            var first = !resumeRequested;
            resumeRequested = true;
            return first ? NextStep.RESUME : NextStep.READ;
        }
        take(event, at);
        return end.isPresent() ? NextStep.DONE : NextStep.TAKEN;
    }

    /**
     * Whether an event belongs to a later response to the same request: a repeat that reaches Rill after the answer has
     * failed begins another one. What follows is no part of this answer.
     */
    private boolean isOfAnother(ServerEvent event) {
        another |= event.type().equals("response.created")
                && event.responseId().isPresent()
                && end.filter(it -> it.type().equals("response.failed")).isPresent()
                && !event.responseId().equals(responseId);
        return another;
    }

    /** What is missing has been asked for: a number that skips means nothing new until one is taken. */
    void requested() {
        resumeRequested = true;
    }

    /** On a new line the next number that skips is news. */
    void reconnected() {
        resumeRequested = false;
    }

    /** The number up to which everything is here; -1 where nothing is. */
    public long lastSeen() {
        return taken.size() - 1L;
    }

    /** Empty before the response is known to have been accepted. */
    Optional<String> responseId() {
        return responseId;
    }

    /** What Rill said was wrong before it accepted the request, the last time; empty where it did not. */
    Optional<String> rejection() {
        return rejection;
    }

    /** What was taken, by its numbers. */
    List<ServerEvent> events() {
        return List.copyOf(taken);
    }

    /** The terminal event. */
    public Optional<ServerEvent> end() {
        return end;
    }

    /** What a reader would have on the screen. */
    public String text() {
        return text.toString();
    }

    int takenEvents() {
        return taken.size();
    }

    /** Events that came again and were not minded. */
    public int dropped() {
        return dropped;
    }

    /** Terminal events after the terminal event, and numbers that meant two things. */
    public int doubled() {
        return doubled;
    }

    /** How many numbers are known to exist but have not come. */
    public long missing() {
        return Math.max(0, beyond - lastSeen());
    }

    /** How often the answer was begun anew. */
    int restarts() {
        return Math.max(0, attempts.size() - 1);
    }

    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    List<Arrival> arrivals() {
        return List.copyOf(arrivals);
    }

    /** What was not as promised, in words. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    private void take(ServerEvent event, Instant at) {
        resumeRequested = false;
        if (taken.isEmpty()) {
            responseId = responseId.or(event::responseId);
            if (!event.type().equals("response.created")) {
                problems.add("begins with " + event.type());
            }
        }
        var number = taken.size();
        taken.add(event.trimmed());
        arrivals.add(new Arrival(at, event.isRestart()));
        if (event.isRestart()) {
            text.setLength(0);
        }
        text.append(event.delta());
        note(event, number);
        if (event.isTerminal()) {
            end = Optional.of(event);
            // A failed or stopped answer carries what it has; a completed one must be what was read.
            if (event.type().equals("response.completed")
                    && !event.content().shortened()
                    && !event.output().contentEquals(text)) {
                problems.add("the terminal event's text (%d) is not what was read (%d)"
                        .formatted(event.output().length(), text.length()));
            }
        }
    }

    private void note(ServerEvent event, int number) {
        if (attempts.isEmpty()) {
            attempts.add(new Attempt(1, number, number));
            return;
        }
        var current = attempts.getLast();
        // An attempt announces itself once for each number that the one before may have shown.
        var attempt = event.isRestart() ? event.attempt().orElse(current.number() + 1) : current.number();
        if (attempt == current.number()) {
            attempts.set(attempts.size() - 1, new Attempt(attempt, current.first(), number));
        } else {
            attempts.add(new Attempt(attempt, number, number));
        }
    }

    /**
     * An attempt that died may have shown a number that the next one says in place of it; both begin there with a
     * restart.
     */
    private void drop(ServerEvent again, ServerEvent before) {
        dropped++;
        if (!again.sameAs(before)) {
            doubled++;
            problems.add("number %d is %s and also %s, with other content"
                    .formatted(before.number().orElse(-1), before.type(), again.type()));
        }
    }

    private void afterEnd(ServerEvent event) {
        doubled++;
        problems.add(event.type() + " after the end");
    }
}
