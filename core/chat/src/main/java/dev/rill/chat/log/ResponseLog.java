package dev.rill.chat.log;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: the durable, ordered events of each response, with its header and the lease that permits one attempt to append.
 * Safe for use by many threads. Every method throws a {@link RuntimeException} if the log can't be reached; whether a
 * write took effect is unknown then.
 */
public interface ResponseLog {

    /**
     * Creates a response, unless one with this id exists; then nothing is changed.
     *
     * @param header its {@code lastSequence} is replaced by that of the last event
     * @param events at least one, numbered from 0 without a gap
     */
    default Creation create(ResponseHeader header, List<Event> events) {
        return create(header, events, Optional.empty());
    }

    /**
     * As {@link #create(ResponseHeader, List)}, and in the same step replaces a lane, as {@link #replace} does.
     *
     * @param lane with the response as a member; empty if the response waits for no other one
     */
    Creation create(ResponseHeader header, List<Event> events, Optional<Lane> lane);

    /** The outcome of creating a response. */
    enum Creation {
        CREATED,
        EXISTS,
        /** There is no such response, and nothing was written, because the lane has changed. */
        LANE_CHANGED
    }

    /** Returns a lane. One that was never used, or all whose responses have expired, is empty. */
    Lane lane(LaneId id);

    /**
     * Replaces a lane, unless it has changed since it was read.
     *
     * @param lane its version is the successor of the one that was read
     * @return whether it was replaced; false also if a repeated request finds its own write
     */
    boolean replace(Lane lane);

    /**
     * Claims the lease for a new attempt. Granted if the response is queued, or if the lease of the last attempt has
     * expired at {@code now}. Of several claims at once, one is granted.
     *
     * @param task the kind of the task for which the caller claims; empty if it claims for a request
     * @param leaseUntil the end of the lease if it is granted
     */
    Claim claim(ResponseId id, Optional<Task.Kind> task, Instant now, Instant leaseUntil);

    /**
     * Reads the directives.
     *
     * @param attempt the number of the reading attempt
     * @throws LeaseLostException if there is a newer attempt, or if the response has ended or does not exist
     */
    Directives directives(ResponseId id, int attempt) throws LeaseLostException;

    /**
     * Renews the lease and reserves sequence numbers, without an event. A renewal that arrives after a newer one
     * changes nothing. Returns the current directives.
     *
     * @param lease the new lease of the attempt
     * @throws LeaseLostException as {@link #directives}
     */
    Directives renew(ResponseId id, Lease lease) throws LeaseLostException;

    /**
     * Writes an append atomically. An append that is in the log already counts as {@link Append.Outcome.Appended}: a
     * log writer that does not know the outcome of an append repeats it unchanged.
     *
     * @throws LeaseLostException as {@link #directives}
     * @throws IllegalArgumentException if the first event does not follow the last logged one
     */
    Append.Outcome append(Append append) throws LeaseLostException;

    /**
     * Attaches a socket, so that the current or next attempt sends it the events after a sequence number. A socket that
     * is attached already is moved to that number. If {@value Subscriptions#MAX_SOCKETS} other sockets are attached,
     * the oldest attachment is removed.
     *
     * @param startingAfter the sequence number of the last event that the socket has; -1 if none
     */
    AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter);

    /**
     * Records that an HTTP follower reads the response until an instant, so that it is not stopped for want of clients.
     * Does nothing if the response has ended or does not exist.
     */
    void markFollowed(ResponseId id, Instant until);

    /**
     * Requests that the response be stopped. Does nothing if it has ended.
     *
     * @return the header afterwards; empty if the response does not exist or belongs to another subject
     */
    Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject);

    /** Returns the header; empty if the response does not exist or has expired. */
    Optional<ResponseHeader> find(ResponseId id);

    /** Returns the logged events after a sequence number, in order; none if the response does not exist. */
    List<Event> read(ResponseId id, long startingAfter);

    /** Returns the turn of an ended response; empty if the response does not exist, has expired, or has not ended. */
    Optional<Turn> turn(ResponseId id);

    /**
     * A turn of a conversation, as stored text: a conversation is copied without parsing it into trees.
     *
     * @param request the body of the request, a JSON object
     * @param output the output items as the model sent them, a JSON array; empty if the response can't be continued
     */
    record Turn(String request, String output) {}

    /**
     * Finds the response with an output item: the newest continuable one of this quota key that ended with it. Empty if
     * there is none. The response may have expired or been deleted since.
     */
    Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId);

    /**
     * Takes from an ended response the socket of its request, so that a response that is not stored can't be continued
     * any more. Does nothing if it does not exist, has not ended, or has another socket: until its end the socket is
     * part of its lane.
     */
    void evict(ResponseId id, ConnectionId origin);

    /** Deletes a response and its events. Does nothing if it does not exist. */
    void delete(ResponseId id);
}
