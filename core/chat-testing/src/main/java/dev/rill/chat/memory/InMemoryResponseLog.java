package dev.rill.chat.memory;

import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A {@link ResponseLog} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryResponseLog implements ResponseLog {

    private final Map<ResponseId, Log> logs = new HashMap<>();
    private final Map<ItemKey, ResponseId> items = new HashMap<>();
    private final Map<LaneId, Lane> lanes = new HashMap<>();
    private final InstantSource clock;
    private final int maxSockets;

    private record ItemKey(QuotaKey quotaKey, String item) {}

    public InMemoryResponseLog(InstantSource clock) {
        this(clock, Subscriptions.MAX_SOCKETS);
    }

    /** @param maxSockets the maximum number of sockets that are attached to one response */
    public InMemoryResponseLog(InstantSource clock, int maxSockets) {
        this.clock = clock;
        this.maxSockets = maxSockets;
    }

    /** Returns an independent copy. */
    public synchronized InMemoryResponseLog copy() {
        var copy = new InMemoryResponseLog(clock, maxSockets);
        logs.forEach((id, log) -> {
            var copied = new Log(log.header, log.events);
            copied.output = log.output;
            copy.logs.put(id, copied);
        });
        copy.items.putAll(items);
        copy.lanes.putAll(lanes);
        return copy;
    }

    @Override
    public synchronized Creation create(ResponseHeader header, List<Event> events, Optional<Lane> lane) {
        requireConsecutive(-1, events);
        if (live(header.id()).isPresent()) {
            return Creation.EXISTS;
        }
        if (lane.isPresent() && !replace(lane.get())) {
            return Creation.LANE_CHANGED;
        }
        logs.put(header.id(), new Log(header.with(header.progress().at(events.size() - 1)), asRead(events)));
        return Creation.CREATED;
    }

    @Override
    public synchronized Lane lane(LaneId id) {
        var lane = lanes.getOrDefault(id, Lane.unused(id));
        return clock.instant().isBefore(lane.expiresAt())
                ? lane
                : new Lane(id, lane.version(), List.of(), lane.expiresAt());
    }

    @Override
    public synchronized boolean replace(Lane lane) {
        if (lanes.getOrDefault(lane.id(), Lane.unused(lane.id())).version() != lane.version() - 1) {
            return false;
        }
        lanes.put(lane.id(), lane);
        return true;
    }

    @Override
    public synchronized Claim claim(ResponseId id, Optional<Task.Kind> task, Instant now, Instant leaseUntil) {
        return live(id).<Claim>map(log -> {
                    var header = log.header;
                    if (header.status().ended()) {
                        return Claim.Ended.of(header);
                    }
                    if (header.leaseUntil().isAfter(now)) {
                        return new Claim.Held(
                                header.leaseUntil(), header.lease().task());
                    }
                    log.header = header.with(new Progress(
                            Status.IN_PROGRESS,
                            header.lease().next(leaseUntil, task),
                            header.lastSequence(),
                            header.progress().booking()));
                    return new Claim.Granted(log.header);
                })
                .orElseGet(Claim.Unknown::new);
    }

    @Override
    public synchronized Directives directives(ResponseId id, int attempt) throws LeaseLostException {
        return requireLease(id, attempt).header.directives();
    }

    @Override
    public synchronized Directives renew(ResponseId id, Lease lease) throws LeaseLostException {
        var log = requireLease(id, lease.attempt());
        var header = log.header;
        if (!lease.until().isBefore(header.leaseUntil())
                && lease.reservedThrough() >= header.reservedThrough()
                && lease.restarts() >= header.lease().restarts()) {
            log.header = header.with(header.progress().with(asClaimed(header, lease)));
        }
        return header.directives();
    }

    @Override
    public synchronized Append.Outcome append(Append append) throws LeaseLostException {
        if (live(append.id())
                .filter(log -> log.header.attempt() == append.lease().attempt()
                        && log.header.status() == append.status()
                        && log.header.lastSequence() == append.last())
                .isPresent()) {
            return new Append.Outcome.Appended();
        }
        var log = requireLease(append.id(), append.lease().attempt());
        var header = log.header;
        requireConsecutive(header.lastSequence(), append.events());
        if (header.directives().subscriptions().version()
                != append.subscriptions().version()) {
            return new Append.Outcome.Outdated(header.directives());
        }
        log.events.addAll(asRead(append.events()));
        log.header = header.with(
                append.progress().with(asClaimed(header, append.lease())),
                with(header.directives(), append.subscriptions()));
        append.conclusion().ifPresent(conclusion -> {
            log.header = log.header.with(conclusion);
            log.output = conclusion.output();
            conclusion.itemIds().forEach(item -> items.put(new ItemKey(conclusion.quotaKey(), item), append.id()));
        });
        return new Append.Outcome.Appended();
    }

    /** Only a claim says which task the attempt was started by. */
    private static Lease asClaimed(ResponseHeader header, Lease lease) {
        return new Lease(
                lease.attempt(),
                lease.until(),
                lease.reservedThrough(),
                lease.restarts(),
                header.lease().task());
    }

    @Override
    public synchronized AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
        var log = of(id, subject);
        if (log.isEmpty()) {
            return new AttachResult.Unknown();
        }
        var header = log.get().header;
        if (header.status().ended()) {
            return new AttachResult.Ended();
        }
        var subscriptions = header.directives().subscriptions();
        setDirectives(log.get(), with(header.directives(), subscriptions.with(socket, startingAfter, maxSockets)));
        return new AttachResult.Live(subscriptions.supersededBy(socket.connection(), maxSockets));
    }

    @Override
    public synchronized void markFollowed(ResponseId id, Instant until) {
        live(id).filter(log -> !log.header.status().ended()).ifPresent(log -> {
            var directives = log.header.directives();
            setDirectives(log, new Directives(directives.cancelRequested(), until, directives.subscriptions()));
        });
    }

    @Override
    public synchronized Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
        return of(id, subject).map(log -> {
            if (!log.header.status().ended()) {
                var directives = log.header.directives();
                setDirectives(log, new Directives(true, directives.followedUntil(), directives.subscriptions()));
            }
            return log.header;
        });
    }

    @Override
    public synchronized Optional<ResponseHeader> find(ResponseId id) {
        return live(id).map(log -> log.header);
    }

    @Override
    public synchronized List<Event> read(ResponseId id, long startingAfter) {
        return live(id).map(log -> log.events.stream()
                        .filter(event -> event.sequenceNumber() > startingAfter)
                        .toList())
                .orElse(List.of());
    }

    @Override
    public synchronized Optional<Turn> turn(ResponseId id) {
        return live(id).filter(log -> log.header.status().ended())
                .map(log -> new Turn(Json.write(log.header.request().body()), log.output));
    }

    @Override
    public synchronized Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
        return Optional.ofNullable(items.get(new ItemKey(quotaKey, itemId)));
    }

    @Override
    public synchronized void evict(ResponseId id, ConnectionId origin) {
        live(id).filter(log -> log.header.status().ended())
                .filter(log -> log.header.origin().equals(Optional.of(origin)))
                .ifPresent(log -> {
                    var header = log.header;
                    var owner = header.owner();
                    log.header = new ResponseHeader(
                            id,
                            new Owner(owner.subject(), owner.quotaKey(), Optional.empty(), owner.stream()),
                            header.request(),
                            header.progress(),
                            header.directives(),
                            header.conversation());
                });
    }

    @Override
    public synchronized void delete(ResponseId id) {
        logs.remove(id);
    }

    private Log requireLease(ResponseId id, int attempt) throws LeaseLostException {
        return live(id).filter(log -> log.header.attempt() == attempt && log.header.status() == Status.IN_PROGRESS)
                .orElseThrow(() -> new LeaseLostException(id, attempt));
    }

    private Optional<Log> of(ResponseId id, Subject subject) {
        return live(id).filter(log -> log.header.subject().equals(subject));
    }

    private Optional<Log> live(ResponseId id) {
        @Nullable Log log = logs.get(id);
        return Optional.ofNullable(log).filter(it -> clock.instant().isBefore(it.header.expiresAt()));
    }

    private static void setDirectives(Log log, Directives directives) {
        log.header = log.header.with(directives);
    }

    private static Directives with(Directives directives, Subscriptions subscriptions) {
        return new Directives(directives.cancelRequested(), directives.followedUntil(), subscriptions);
    }

    /** The text alone, which is all that a stored event has. */
    private static List<Event> asRead(List<Event> events) {
        return events.stream()
                .map(event -> new Event(event.sequenceNumber(), event.type(), event.json()))
                .toList();
    }

    private static void requireConsecutive(long last, List<Event> events) {
        var expected = last + 1;
        for (var event : events) {
            if (event.sequenceNumber() != expected) {
                throw new IllegalArgumentException(
                        "expected event " + expected + " but found " + event.sequenceNumber());
            }
            expected++;
        }
    }

    private static final class Log {
        private ResponseHeader header;
        private final List<Event> events;
        private String output = "[]";

        Log(ResponseHeader header, List<Event> events) {
            this.events = new ArrayList<>(events);
            this.header = header;
        }
    }
}
