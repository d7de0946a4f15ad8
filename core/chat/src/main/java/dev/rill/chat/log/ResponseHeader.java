package dev.rill.chat.log;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a response beside its events.
 *
 * @param quotaKey with whose responses it is counted
 * @param origin the socket that asked for it; empty over HTTP
 * @param attempt the newest attempt; 0 before the first
 * @param leaseUntil until when that attempt may append; {@link Instant#EPOCH} before the first
 * @param lastSequence the number of the newest logged event; -1 where none is
 * @param reservedThrough the greatest number that an attempt may have shown to somebody without its being in the log
 * @param expiresAt when it is forgotten
 * @param conversation how large its conversation is: everything before it and its input, and once it has ended its
 *     output as well
 * @param request the validated body of the request, not to be changed
 */
public record ResponseHeader(
        ResponseId id,
        Subject subject,
        QuotaKey quotaKey,
        Optional<ConnectionId> origin,
        Execution execution,
        Status status,
        int attempt,
        Instant leaseUntil,
        long lastSequence,
        long reservedThrough,
        Instant createdAt,
        Instant expiresAt,
        Directives directives,
        ConversationSize conversation,
        ObjectNode request) {

    /** A background response is nobody's to wait for: it goes on without a reader. */
    public boolean background() {
        return request.path("background").asBoolean(false);
    }

    /** It may be read and continued by its subject after it has ended. */
    public boolean stored() {
        return request.path("store").asBoolean(true);
    }

    /**
     * Whether the attempt that ended the response has this socket to send the end to, and time to do it: until its last
     * lease runs out no other function needs to, if the socket misses nothing that the attempt takes it to have.
     */
    public boolean isDelivering(ConnectionId connection, long startingAfter, Instant now) {
        var cursor = directives.subscriptions().cursors().get(connection);
        return status.ended() && now.isBefore(leaseUntil) && cursor != null && startingAfter >= cursor.after();
    }

    /** The greatest number that any client can have been sent. */
    public long visibleThrough() {
        return Math.max(reservedThrough, lastSequence);
    }

    /** The same as the log has it after a change. */
    public ResponseHeader with(
            Status newStatus, int newAttempt, Instant newLease, long newLast, long newReserved, Directives newControl) {
        return new ResponseHeader(
                id,
                subject,
                quotaKey,
                origin,
                execution,
                newStatus,
                newAttempt,
                newLease,
                newLast,
                newReserved,
                createdAt,
                expiresAt,
                newControl,
                conversation,
                request);
    }

    /** The same as the log has it after its end. */
    public ResponseHeader with(Append.Conclusion conclusion) {
        return new ResponseHeader(
                id,
                subject,
                quotaKey,
                origin,
                execution,
                status,
                attempt,
                leaseUntil,
                lastSequence,
                reservedThrough,
                createdAt,
                expiresAt,
                directives,
                conclusion.conversation(),
                request);
    }

    /** It can be continued after it has ended well: by its subject, or on the socket that asked for it. */
    public boolean continuable() {
        return stored() || origin.isPresent();
    }
}
