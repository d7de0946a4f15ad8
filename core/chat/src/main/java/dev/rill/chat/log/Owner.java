package dev.rill.chat.log;

import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * Whose request it is.
 *
 * @param subject who may read, resume and cancel the response
 * @param quotaKey the key with which the response is counted, and the scope of its item ids
 * @param origin the socket of the request; empty over HTTP, and for a response that was {@linkplain ResponseLog#evict
 *     evicted}
 * @param stream the {@code stream_id} of the request; empty if it has none
 */
public record Owner(Subject subject, QuotaKey quotaKey, Optional<ConnectionId> origin, Optional<StreamId> stream) {

    /** The owner of a request without a {@code stream_id}. */
    public Owner(Subject subject, QuotaKey quotaKey, Optional<ConnectionId> origin) {
        this(subject, quotaKey, origin, Optional.empty());
    }

    /** Returns the lane in which the request is answered; empty if it waits for no other one. */
    public Optional<LaneId> lane() {
        return origin.flatMap(connection -> stream.map(id -> new LaneId(connection, id)));
    }
}
