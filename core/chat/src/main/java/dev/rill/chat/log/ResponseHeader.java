package dev.rill.chat.log;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.Optional;

/**
 * The state of a response, without its events. Owner and request never change, except that an eviction removes the
 * socket of the request; the other parts do.
 *
 * @param conversation the size of its conversation: of the earlier turns, its input and, once it has ended, its output
 */
public record ResponseHeader(
        ResponseId id,
        Owner owner,
        AcceptedRequest request,
        Progress progress,
        Directives directives,
        ConversationSize conversation) {

    /** Returns a copy with another progress. */
    public ResponseHeader with(Progress newProgress) {
        return with(newProgress, directives);
    }

    /** Returns a copy with other directives. */
    public ResponseHeader with(Directives newDirectives) {
        return with(progress, newDirectives);
    }

    /** Returns a copy with another progress and other directives. */
    public ResponseHeader with(Progress newProgress, Directives newDirectives) {
        return new ResponseHeader(id, owner, request, newProgress, newDirectives, conversation);
    }

    /** Returns a copy with the size of the conversation after the response has ended. */
    public ResponseHeader with(Append.Conclusion conclusion) {
        return new ResponseHeader(id, owner, request, progress, directives, conclusion.conversation());
    }

    /** Returns a copy with a reservation. */
    public ResponseHeader with(Reservation reservation) {
        return new ResponseHeader(id, owner, request.with(reservation), progress, directives, conversation);
    }

    // ---- of the owner ---------------------------------------------------------------------------------------------

    public Subject subject() {
        return owner.subject();
    }

    /** Returns the key with which the response is counted. */
    public QuotaKey quotaKey() {
        return owner.quotaKey();
    }

    /** Returns the socket of the request; empty over HTTP. */
    public Optional<ConnectionId> origin() {
        return owner.origin();
    }

    /** Returns the lane in which the request is answered; empty if it waits for no other one. */
    public Optional<LaneId> lane() {
        return owner.lane();
    }

    // ---- of the request -------------------------------------------------------------------------------------------

    public Execution execution() {
        return request.execution();
    }

    public Instant createdAt() {
        return request.createdAt();
    }

    /** Returns when the log deletes the response. */
    public Instant expiresAt() {
        return request.expiresAt();
    }

    /** Whether the response is answered even if no client reads it. */
    public boolean background() {
        return request.background();
    }

    /** Whether its subject may read and continue it after it has ended. */
    public boolean stored() {
        return request.stored();
    }

    /**
     * Whether a later request can continue the conversation after this response: one of its subject if it is stored,
     * else one on the socket of its request.
     */
    public boolean continuable() {
        return stored() || origin().isPresent();
    }

    /** Returns the tokens that are held for the response; empty if none are. */
    public Optional<Reservation> reservation() {
        return request.terms().reservation();
    }

    // ---- of the progress ------------------------------------------------------------------------------------------

    public Status status() {
        return progress.status();
    }

    /** Returns what is booked for the response; empty until it has ended, and if it has no reservation. */
    public Optional<Settlement> settlement() {
        return status().ended()
                ? reservation().map(reservation -> new Settlement(reservation, progress.booking()))
                : Optional.empty();
    }

    /** Returns the lease of the newest attempt. */
    public Lease lease() {
        return progress.lease();
    }

    /** Returns the number of the newest attempt; 0 before the first. */
    public int attempt() {
        return lease().attempt();
    }

    /** Returns the end of the newest attempt's lease; {@link Instant#EPOCH} before the first attempt. */
    public Instant leaseUntil() {
        return lease().until();
    }

    /** Returns the greatest sequence number that an attempt may have sent before it was logged. */
    public long reservedThrough() {
        return lease().reservedThrough();
    }

    /** Returns the sequence number of the newest logged event; -1 if the log is empty. */
    public long lastSequence() {
        return progress.lastSequence();
    }

    /** Returns the greatest sequence number that a client may have been sent. */
    public long visibleThrough() {
        return Math.max(reservedThrough(), lastSequence());
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
        return status().ended() && now.isBefore(leaseUntil()) && cursor != null && startingAfter >= cursor.after();
    }
}
