package dev.rill.chat.log;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: the ordered, durable events of every response, and who may append to them. Safe for use by many threads. */
public interface ResponseLog {

    /**
     * Begins a log.
     *
     * @param header its {@code lastSequence} is ignored: it is that of the last event
     * @param events the first ones, numbered from 0 without a gap; at least one
     * @return whether this id had no log before; if it had, nothing is changed
     */
    Creation create(ResponseHeader header, List<Event> events);

    /** What came of beginning a log. */
    enum Creation {
        CREATED,
        EXISTS
    }

    /**
     * Asks for the lease: granted, as the next attempt, if the response is queued or the lease of its last attempt had
     * run out at {@code now}. Of many who ask at once, one gets it.
     */
    Claim claim(ResponseId id, Instant now, Instant leaseUntil);

    /**
     * What others want of the response.
     *
     * @throws LeaseLostException if there is a newer attempt, or the response has ended or is gone
     */
    Directives directives(ResponseId id, int attempt) throws LeaseLostException;

    /**
     * Prolongs the lease and reserves numbers, without an event; tells what others want.
     *
     * @param reserved the greatest number that may be shown from now on
     * @throws LeaseLostException as {@link #directives}
     */
    Directives renew(ResponseId id, int attempt, Instant leaseUntil, long reserved) throws LeaseLostException;

    /**
     * Appends events and sets what goes with them, as one step. An append that is there already, because the answer to
     * it got lost, is no error: whoever heard nothing of one repeats it as it was.
     *
     * @throws LeaseLostException as {@link #directives}
     * @throws IllegalArgumentException if the events do not follow the last logged one
     */
    Append.Outcome append(Append append) throws LeaseLostException;

    /**
     * Has the attempt send a socket what comes after a number; the same socket again is put back to that number. Where
     * {@value Subscriptions#MAX_SOCKETS} are attached already, the one that was attached first gives way.
     */
    AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter);

    /**
     * Has a reader without a socket count as present until an instant; does nothing for a response that has ended or is
     * unknown.
     */
    void markFollowed(ResponseId id, Instant until);

    /**
     * Asks the attempt to stop; does nothing if the response has ended.
     *
     * @return the header after it; empty where there is no such response, or it is another subject's
     */
    Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject);

    /** The header; empty where there is no such response, or it has expired. */
    Optional<ResponseHeader> find(ResponseId id);

    /** The logged events whose number is greater than {@code startingAfter}, in order; none of an unknown response. */
    List<Event> read(ResponseId id, long startingAfter);

    /**
     * What an ended response leaves to its conversation; empty where there is no such response, it has expired, or not
     * ended.
     */
    Optional<Turn> turn(ResponseId id);

    /**
     * A turn of a conversation as the texts that are kept, for nothing of it is needed as a tree.
     *
     * @param request the body of the request, a JSON object
     * @param output the items as the model gave them, a JSON array; without any where the response can't be continued
     */
    record Turn(String request, String output) {}

    /**
     * Which of the group's responses has an output item with this id: the newest one that ended with it and can be
     * continued. Empty where there is none. The response may be gone by now.
     */
    Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId);

    /** Removes a response and its events; one that is unknown is no error. */
    void delete(ResponseId id);
}
