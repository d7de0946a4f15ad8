package dev.rill.chat.log;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.socket.LaneId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The responses of a lane in the order of their acceptance. Only the first one may be answered; it stays the first one
 * until it has ended.
 *
 * @param version the number of changes so far. A write must name the version that it makes of the newest one
 * @param members the responses that have not left the lane. One may have ended, or may be gone from the log
 * @param expiresAt when the last of them expires; {@link Instant#EPOCH} for a lane that was never used
 */
public record Lane(LaneId id, long version, List<ResponseId> members, Instant expiresAt) {

    /** The maximum number of responses of a lane that wait for the first one. */
    public static final int MAX_WAITING = 16;

    public Lane {
        members = List.copyOf(members);
    }

    /** A lane that was never used. */
    public static Lane unused(LaneId id) {
        return new Lane(id, 0, List.of(), Instant.EPOCH);
    }

    /** Whether the first response has so many behind it that no other one is taken. */
    public boolean isFull() {
        return members.size() > MAX_WAITING;
    }

    /** Returns the first response; empty if the lane is empty. */
    public Optional<ResponseId> first() {
        return members.stream().findFirst();
    }

    /** Whether this is the first response. */
    public boolean isFirst(ResponseId response) {
        return first().filter(response::equals).isPresent();
    }

    public boolean contains(ResponseId response) {
        return members.contains(response);
    }

    /**
     * Returns the next version, with this response at the end. One that is a member keeps its place.
     *
     * @param responseExpiresAt when the log deletes the response
     */
    public Lane with(ResponseId response, Instant responseExpiresAt) {
        var all = new ArrayList<>(members);
        if (!all.contains(response)) {
            all.add(response);
        }
        return new Lane(id, version + 1, all, responseExpiresAt.isAfter(expiresAt) ? responseExpiresAt : expiresAt);
    }

    /** Returns the next version, without these responses. */
    public Lane without(Collection<ResponseId> responses) {
        var rest = members.stream().filter(it -> !responses.contains(it)).toList();
        return new Lane(id, version + 1, rest, expiresAt);
    }
}
