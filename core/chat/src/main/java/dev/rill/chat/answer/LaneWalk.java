package dev.rill.chat.answer;

import dev.rill.chat.log.Lane;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.protocol.ResponseId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One walk along a lane from its first response, as a pure state machine: removes those that have ended, and has the
 * first one that has not ended queued. It has no threads, no clock and no I/O; {@code dev.rill.chat.Lanes} performs
 * what {@link #next} returns and reports the outcome by an {@code on...} method.
 *
 * <p><b>A response is queued before it becomes the first one.</b> So a function that dies between the two leaves a lane
 * whose first response has ended, and the tasks of that one, or of one behind it, walk again. Queuing twice is
 * harmless, because one claim is granted. <b>A lane is only replaced as it was read;</b> else one walk could make a
 * response the first one that another walk has not queued.
 *
 * <p>Whether a response has ended is always read, and never assumed: a response that was deleted may be created anew
 * under its id, and stand in the lane again.
 *
 * <p>Not safe for use by many threads.
 */
public final class LaneWalk {

    /** Replacements that may be lost to other walks. Each of them has changed the lane, so one succeeds each time. */
    static final int MAX_LOST = 32;

    /** Why the lane is walked. */
    public enum Purpose {
        /** A task of the response was received: may it be answered now? */
        TURN,
        /** The response may have ended. */
        HAND_ON
    }

    /** The place of the response in its lane. */
    public enum Turn {
        /** It is the first one, or no member of the lane any more. */
        COME,
        /** Another one that has not ended is before it. The end of that one queues it. */
        WAITING,
        /** Neither the lane nor the log has it: it is not created yet, or was deleted. */
        UNKNOWN
    }

    /** What the loop around the walk does next. */
    public sealed interface Action {

        /** Read the lane. */
        record Read() implements Action {}

        /** Read the header of this response. */
        record Find(ResponseId id) implements Action {}

        /** Queue the tasks of this response. */
        record Enqueue(ResponseHeader response) implements Action {}

        /** Replace the lane, unless it has changed. */
        record Replace(Lane lane) implements Action {}

        /** The walk is over. */
        record Stop(Turn turn) implements Action {}
    }

    private final ResponseId id;
    private final Purpose purpose;
    private final Map<ResponseId, Optional<ResponseHeader>> found = new HashMap<>();
    private @Nullable Lane lane;
    private @Nullable ResponseId asked;
    private @Nullable ResponseId queued;
    private boolean wasFoundOutside;
    private int lost;

    /** @param id whose task was received, or which may have ended */
    public LaneWalk(ResponseId id, Purpose purpose) {
        this.id = id;
        this.purpose = purpose;
    }

    /** The next request, or the end of the walk. */
    public Action next() {
        var current = lane;
        if (current == null) {
            return new Action.Read();
        }
        return switch (purpose) {
            case TURN -> current.contains(id) ? nextOfTurn(current) : nextOutside();
            case HAND_ON -> nextOfHandOn(current);
        };
    }

    private Action nextOfTurn(Lane current) {
        if (current.isFirst(id)) {
            return new Action.Stop(Turn.COME);
        }
        return nextFrom(current, Turn.WAITING);
    }

    /**
     * The lane does not have the response. It may have left; or the lane was read before the response was created, in
     * which case it is a member now, since the two are one write.
     */
    private Action nextOutside() {
        var header = found.get(id);
        if (header == null) {
            return find(id);
        }
        if (header.isEmpty()) {
            return new Action.Stop(Turn.UNKNOWN);
        }
        if (hasEnded(id) || wasFoundOutside) {
            return new Action.Stop(Turn.COME);
        }
        wasFoundOutside = true;
        lane = null;
        return new Action.Read();
    }

    private Action nextOfHandOn(Lane current) {
        if (current.contains(id) && !found.containsKey(id)) {
            return find(id);
        }
        return nextFrom(current, Turn.WAITING);
    }

    /** Removes those that have ended from the front, and others that are known to have ended. */
    private Action nextFrom(Lane current, Turn otherwise) {
        var first = current.members().stream().filter(it -> !hasEnded(it)).findFirst();
        if (first.isPresent() && !isGuarded(first.get()) && !found.containsKey(first.get())) {
            return find(first.get());
        }
        var ended = ended(current);
        if (ended.isEmpty()) {
            return new Action.Stop(otherwise);
        }
        if (first.isPresent() && isNewFirst(current, first.get()) && !isGuarded(first.get())) {
            if (!first.get().equals(queued)) {
                return new Action.Enqueue(requireFound(first.get()));
            }
        }
        return new Action.Replace(current.without(ended));
    }

    private static boolean isNewFirst(Lane current, ResponseId first) {
        return !current.isFirst(first);
    }

    /** Whether the task that was received is the response's own, and so comes again should this worker die. */
    private boolean isGuarded(ResponseId first) {
        return purpose == Purpose.TURN && first.equals(id);
    }

    private List<ResponseId> ended(Lane current) {
        return current.members().stream().filter(this::hasEnded).toList();
    }

    private boolean hasEnded(ResponseId response) {
        var header = found.get(response);
        return header != null && header.filter(it -> !it.status().ended()).isEmpty();
    }

    private ResponseHeader requireFound(ResponseId response) {
        var header = found.get(response);
        if (header == null) {
            throw new IllegalStateException("the header of " + response + " was not read");
        }
        return header.orElseThrow();
    }

    private Action find(ResponseId response) {
        asked = response;
        return new Action.Find(response);
    }

    /** The lane was read. */
    public void onLane(Lane current) {
        // What was found of a member may be outdated: the response may have been created anew.
        found.clear();
        queued = null;
        lane = current;
    }

    /** The header that was asked for; empty if the log does not have it. */
    public void onFound(Optional<ResponseHeader> header) {
        found.put(Objects.requireNonNull(asked), header);
    }

    /** The tasks of the response are in the queue. */
    public void onEnqueued(ResponseHeader response) {
        queued = response.id();
    }

    /**
     * The lane is replaced.
     *
     * @param replaced false if another walk, or a new response, has changed it since it was read
     */
    public void onReplaced(Lane replacement, boolean replaced) {
        if (replaced) {
            lane = replacement;
            return;
        }
        lane = null;
        if (++lost > MAX_LOST) {
            throw new IllegalStateException("the lane of " + id + " was changed each time that it was read");
        }
    }

    /** Returns the complete state, for test reports. Two walks with the same text behave alike. */
    @Override
    public String toString() {
        return purpose + " of " + id + ", lane " + lane + ", found " + describeFound() + ", asked " + asked
                + ", queued " + queued + ", found outside " + wasFoundOutside + ", lost " + lost;
    }

    private Map<ResponseId, Boolean> describeFound() {
        var ended = new TreeMap<ResponseId, Boolean>(Comparator.comparing(ResponseId::value));
        found.keySet().forEach(response -> ended.put(response, hasEnded(response)));
        return ended;
    }
}
