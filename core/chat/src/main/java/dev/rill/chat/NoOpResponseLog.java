package dev.rill.chat;

import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
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

/** A log for priming: it grants every lease, keeps nothing and finds nothing. */
final class NoOpResponseLog implements ResponseLog {
    @Override
    public Creation create(ResponseHeader header, List<Event> events, Optional<Lane> lane) {
        return Creation.CREATED;
    }

    @Override
    public Lane lane(LaneId id) {
        return Lane.unused(id);
    }

    @Override
    public boolean replace(Lane lane) {
        return true;
    }

    @Override
    public Claim claim(ResponseId id, Optional<Task.Kind> task, Instant now, Instant leaseUntil) {
        return new Claim.Unknown();
    }

    @Override
    public Directives directives(ResponseId id, int attempt) {
        return Directives.of(Subscriptions.none());
    }

    @Override
    public Directives renew(ResponseId id, Lease lease) {
        return Directives.of(Subscriptions.none());
    }

    @Override
    public Append.Outcome append(Append append) {
        return new Append.Outcome.Appended();
    }

    @Override
    public AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
        return new AttachResult.Unknown();
    }

    @Override
    public void markFollowed(ResponseId id, Instant until) {}

    @Override
    public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
        return Optional.empty();
    }

    @Override
    public Optional<ResponseHeader> find(ResponseId id) {
        return Optional.empty();
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
        return List.of();
    }

    @Override
    public Optional<Turn> turn(ResponseId id) {
        return Optional.empty();
    }

    @Override
    public Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
        return Optional.empty();
    }

    @Override
    public void evict(ResponseId id, ConnectionId origin) {}

    @Override
    public void delete(ResponseId id) {}
}
