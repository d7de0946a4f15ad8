package dev.rill.load.faults.client;

import dev.rill.load.faults.wire.ServerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a client knows of one answer. It accepts the next number, drops a number that it has, and takes a number that is
 * too high as a sign of lost events. No network and no clock; one thread.
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
        /** Waits for the next event. */
        READ,
        /** The event was accepted: waits for the next one. */
        TAKEN,
        /** Asks for everything after {@link #lastSeen}. */
        RESUME,
        /** The request was refused: repeats it later. */
        ASK_AGAIN,
        /** The terminal event has been accepted. */
        DONE
    }

    /** When an event was accepted. */
    public record Arrival(Instant at, boolean restarted) {}

    /**
     * The part of an answer that one attempt sent, as far as a client can tell.
     *
     * @param number the number in {@code rill:response.restarted}; 1 for the events before the first one
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
            // If the first events are lost, a later one names the response.
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
     * Whether an event belongs to a later response to the same request. A repeat that reaches Rill after the response
     * has failed creates another response, whose events are no part of this answer.
     */
    private boolean isOfAnother(ServerEvent event) {
        another |= event.type().equals("response.created")
                && event.responseId().isPresent()
                && end.filter(it -> it.type().equals("response.failed")).isPresent()
                && !event.responseId().equals(responseId);
        return another;
    }

    /** The client has asked for the missing events: a number that is too high is no news until one is accepted. */
    void requested() {
        resumeRequested = true;
    }

    /** The client has a new connection, on which a number that is too high is news. */
    void reconnected() {
        resumeRequested = false;
    }

    /** The last number up to which no event is missing; -1 if there is none. */
    public long lastSeen() {
        return taken.size() - 1L;
    }

    /** The response's id; empty until an event names it. */
    Optional<String> responseId() {
        return responseId;
    }

    /** The code of Rill's last {@code error} event before it accepted the request; empty if there was none. */
    Optional<String> rejection() {
        return rejection;
    }

    /** The accepted events, by their numbers. */
    List<ServerEvent> events() {
        return List.copyOf(taken);
    }

    /** The terminal event. */
    public Optional<ServerEvent> end() {
        return end;
    }

    /** The text that a reader sees. */
    public String text() {
        return text.toString();
    }

    int takenEvents() {
        return taken.size();
    }

    /** The number of events that arrived again and were dropped. */
    public int dropped() {
        return dropped;
    }

    /** The number of events after the terminal event, and of numbers with two contents. */
    public int doubled() {
        return doubled;
    }

    /** The number of events that must exist but have not arrived. */
    public long missing() {
        return Math.max(0, beyond - lastSeen());
    }

    /** The number of restarts. */
    int restarts() {
        return Math.max(0, attempts.size() - 1);
    }

    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    List<Arrival> arrivals() {
        return List.copyOf(arrivals);
    }

    /** The broken promises, a phrase each. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    private void take(ServerEvent event, Instant at) {
        resumeRequested = false;
        if (taken.isEmpty()) {
            responseId = responseId.or(event::responseId);
            if (!event.type().equals("response.created")) {
                problems.add("the first event is " + event.type());
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
            // The output of a failed or cancelled response may be partial; that of a completed one must be what was
            // read.
            if (event.type().equals("response.completed")
                    && !event.content().shortened()
                    && !event.output().contentEquals(text)) {
                problems.add("the terminal event's text (%d characters) is not the text that was read (%d)"
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
        // An attempt announces itself once for each number that the previous one may have sent.
        var attempt = event.isRestart() ? event.attempt().orElse(current.number() + 1) : current.number();
        if (attempt == current.number()) {
            attempts.set(attempts.size() - 1, new Attempt(attempt, current.first(), number));
        } else {
            attempts.add(new Attempt(attempt, number, number));
        }
    }

    /** An attempt that died may have sent a number that the next attempt sends as a restart. */
    private void drop(ServerEvent again, ServerEvent before) {
        dropped++;
        if (!again.sameAs(before)) {
            doubled++;
            problems.add("number %d is %s, and again %s with other content"
                    .formatted(before.number().orElse(-1), before.type(), again.type()));
        }
    }

    private void afterEnd(ServerEvent event) {
        doubled++;
        problems.add(event.type() + " after the terminal event");
    }
}
