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
 * The state of a response, without its events.
 *
 * @param quotaKey the key with which the response is counted
 * @param origin the socket of the request; empty over HTTP
 * @param attempt the number of the newest attempt; 0 before the first
 * @param leaseUntil the end of that attempt's lease; {@link Instant#EPOCH} before the first attempt
 * @param lastSequence the sequence number of the newest logged event; -1 if the log is empty
 * @param reservedThrough the greatest sequence number that an attempt may have sent before it was logged
 * @param expiresAt when the log deletes the response
 * @param conversation the size of its conversation: of the earlier turns, its input and, once it has ended, its output
 * @param request the validated body of the request; must not be modified
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

    /** Whether the response is answered even if no client reads it. */
    public boolean background() {
        return request.path("background").asBoolean(false);
    }

    /** Whether its subject may read and continue it after it has ended. */
    public boolean stored() {
        return request.path("store").asBoolean(true);
    }

    /**
     * Whether the attempt that ended the response is still sending the last events to this socket, so that the caller
     * need not send them. This is so until the attempt's lease expires, if the socket is subscribed and lacks no event
     * that the attempt has already sent to it.
     *
     * @param startingAfter the sequence number of the last event that the socket has
     */
    public boolean isDelivering(ConnectionId connection, long startingAfter, Instant now) {
        var cursor = directives.subscriptions().cursors().get(connection);
        return status.ended() && now.isBefore(leaseUntil) && cursor != null && startingAfter >= cursor.after();
    }

    /** Returns the greatest sequence number that a client may have been sent. */
    public long visibleThrough() {
        return Math.max(reservedThrough, lastSequence);
    }

    /** Returns a copy with the fields that change while a response is answered. */
    public ResponseHeader with(
            Status newStatus,
            int newAttempt,
            Instant newLeaseUntil,
            long newLastSequence,
            long newReservedThrough,
            Directives newDirectives) {
        return new ResponseHeader(
                id,
                subject,
                quotaKey,
                origin,
                execution,
                newStatus,
                newAttempt,
                newLeaseUntil,
                newLastSequence,
                newReservedThrough,
                createdAt,
                expiresAt,
                newDirectives,
                conversation,
                request);
    }

    /** Returns a copy with the size of the conversation after the response has ended. */
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

    /**
     * Whether a later request can continue the conversation after this response: one of its subject if it is stored,
     * else one on the socket of its request.
     */
    public boolean continuable() {
        return stored() || origin.isPresent();
    }
}
