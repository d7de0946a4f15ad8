package dev.rill.load.sequence;

import dev.rill.load.sequence.Verdict.Breach;
import dev.rill.load.sequence.Verdict.Ending;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Checks the events of one prompt in the order of their arrival: numbers from 0 without a gap, and exactly one terminal
 * event, which is the last. One thread.
 */
public final class SequenceCheck {

    private static final Set<String> WELL = Set.of("response.completed", "response.incomplete");
    private static final Set<String> BADLY = Set.of("response.failed", "response.cancelled");

    private final Map<Breach, Integer> breaches = new EnumMap<>(Breach.class);
    private Ending ending = Ending.LOST;
    private State state = State.ASKED;
    private String reason = "";
    private long next;
    private int events;
    private int deltas;

    private enum State {
        ASKED,
        BEGUN,
        REFUSED,
        ENDED
    }

    public void accept(EventSummary event) {
        events++;
        if (event.isDelta()) {
            deltas++;
        }
        if (event.belongsToResponse()) {
            number(event);
            order(event);
        } else if (!event.reason().isEmpty()) {
            refuse(event);
        }
    }

    /** Whether the prompt has its terminal event or was refused. */
    public boolean isSettled() {
        return state == State.ENDED || state == State.REFUSED;
    }

    /** The verdict on the events so far. */
    public Verdict verdict() {
        return new Verdict(ending, reason, events, deltas, breaches);
    }

    private void number(EventSummary event) {
        if (event.sequence().isEmpty()) {
            breach(Breach.UNNUMBERED, 1);
            return;
        }
        var number = event.sequence().getAsLong();
        if (number < next) {
            breach(Breach.LATE, 1);
        } else {
            if (number > next) {
                breach(Breach.GAP, Math.toIntExact(Math.min(number - next, Integer.MAX_VALUE)));
            }
            next = number + 1;
        }
    }

    private void order(EventSummary event) {
        var terminal = WELL.contains(event.type()) || BADLY.contains(event.type());
        switch (state) {
            case ASKED, REFUSED -> {
                if (!event.type().equals("response.created")) {
                    breach(Breach.NOT_CREATED_FIRST, 1);
                }
                state = State.BEGUN;
                // Rill accepted the prompt although an error came first; it needs a terminal event like any other.
                ending = Ending.LOST;
                reason = "";
            }
            case ENDED -> breach(terminal ? Breach.SECOND_END : Breach.AFTER_END, 1);
            case BEGUN -> {}
        }
        if (terminal && state != State.ENDED) {
            state = State.ENDED;
            ending = WELL.contains(event.type()) ? Ending.ANSWERED : Ending.FAILED;
            reason = ending == Ending.ANSWERED ? "" : event.type() + " " + event.reason();
        }
    }

    /**
     * An error in place of an answer. An error within an answer decides nothing: the terminal event is still to come.
     */
    private void refuse(EventSummary event) {
        if (state == State.ASKED) {
            state = State.REFUSED;
            ending = switch (event.sender()) {
                case RILL -> Ending.FAILED;
                case GATEWAY -> Ending.GATEWAY_ERROR;
            };
            reason = event.reason();
        }
    }

    private void breach(Breach breach, int count) {
        breaches.merge(breach, count, Integer::sum);
    }
}
