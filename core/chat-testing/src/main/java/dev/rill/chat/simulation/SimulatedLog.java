package dev.rill.chat.simulation;

import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.Outside.Effect;
import dev.rill.chat.simulation.Outside.Faults;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The log as one process reaches it: each request takes time, and may fail before or after it takes effect. */
public final class SimulatedLog implements ResponseLog {

    private static final Faults FAULTS = new Faults(Fault.LOG_REFUSES, Fault.LOG_ANSWER_LOST, Fault.LOG_TIMEOUT);

    private final ResponseLog log;
    private final Outside outside;
    private final Observer observer;
    private int failuresInARow;
    private Instant failedAt = Instant.MIN;

    /** Sees what takes effect, at that instant. */
    public interface Observer {
        /**
         * A response was created.
         *
         * @param process which has created it; it holds the first lease if the response is answered inline
         */
        void onCreated(ResponseHeader header, SimulatedProcess process);

        /**
         * The lease of a response was granted.
         *
         * @param before the header before the claim
         * @param granted the header with the new attempt
         * @param process which has claimed the lease; it may have given up waiting for the answer
         */
        void onClaimed(ResponseHeader before, ResponseHeader granted, SimulatedProcess process);

        /**
         * A request of an attempt has failed, or its outcome is unknown to the attempt.
         *
         * @param inARow how many of its requests have failed one after another, this one included
         */
        void onRequestFailed(SimulatedProcess process, int inARow);

        /** A process was told that its attempt has the lease until an instant. */
        void onLeaseConfirmed(SimulatedProcess process, Instant leaseUntil);

        /** A process has claimed a response that the log does not have. */
        void onUnknownClaimed(ResponseId id, SimulatedProcess process);

        /** A socket was detached from a response to make room for another one. */
        void onSuperseded(ConnectionId connection);

        /** A response is deleted now; the log still has it. */
        void onDeleted(ResponseId id);

        void onCancelRequested(ResponseId id);

        /**
         * A terminal event is in the log.
         *
         * @param process the one that has written it, and has not sent it to any socket yet
         */
        void onEnded(ResponseId id, SimulatedProcess process);

        /** A promise is broken, in words. */
        void onBroken(String problem);
    }

    /** @param log what the log has, shared by all processes */
    public SimulatedLog(ResponseLog log, SimulatedProcess process, Chaos chaos, Story story, Observer observer) {
        this.log = log;
        this.outside = new Outside(process, chaos, story);
        this.observer = observer;
    }

    @Override
    public Creation create(ResponseHeader header, List<Event> events, Optional<Lane> lane) {
        return write("create " + header.id(), () -> {
            var creation = log.create(header, events, lane);
            if (creation == Creation.CREATED) {
                observer.onCreated(header, outside.process());
            }
            tell("creates %s: %s", header.id(), creation);
            return creation;
        });
    }

    @Override
    public Lane lane(LaneId id) {
        return read("read lane " + id.stream(), () -> log.lane(id));
    }

    @Override
    public boolean replace(Lane lane) {
        return write("replace lane " + lane.id().stream(), () -> {
            var replaced = log.replace(lane);
            tell("replaces lane %s by %s: %s", lane.id().stream(), lane.members(), replaced);
            return replaced;
        });
    }

    @Override
    public Claim claim(ResponseId id, Optional<Task.Kind> task, Instant now, Instant leaseUntil) {
        return write("claim " + id, () -> {
            var before = log.find(id);
            var claim = log.claim(id, task, now, leaseUntil);
            switch (claim) {
                case Claim.Granted(var header) -> {
                    observer.onClaimed(before.orElseThrow(), header, outside.process());
                    tell(
                            "claims %s: attempt %d, lease until %s, last %d, reserved %d",
                            id, header.attempt(), leaseUntil, header.lastSequence(), header.reservedThrough());
                }
                case Claim.Held(var until, var _) -> tell("claims %s: held until %s", id, until);
                case Claim.Ended(var status, var _, var _, var _) -> tell("claims %s: ended as %s", id, status);
                case Claim.Unknown() -> {
                    observer.onUnknownClaimed(id, outside.process());
                    tell("claims %s: unknown", id);
                }
            }
            return claim;
        });
    }

    @Override
    public Directives directives(ResponseId id, int attempt) throws LeaseLostException {
        return countingFailures(() -> read("directives of " + id, () -> log.directives(id, attempt)));
    }

    @Override
    public Directives renew(ResponseId id, Lease lease) throws LeaseLostException {
        requireLease(id, lease.attempt(), Instant.MIN);
        requirePause();
        var directives = countingFailures(() -> write("renew " + id, () -> {
            var current = log.renew(id, lease);
            tell(
                    "renews attempt %d: lease until %s, reserved %d",
                    lease.attempt(), lease.until(), lease.reservedThrough());
            return current;
        }));
        observer.onLeaseConfirmed(outside.process(), lease.until());
        return directives;
    }

    @Override
    public Append.Outcome append(Append append) throws LeaseLostException {
        requireLease(append.id(), append.lease().attempt(), append.lease().until());
        requirePause();
        var outcome =
                countingFailures(() -> write("append to " + append.id(), () -> append(append, outside.process())));
        if (outcome instanceof Append.Outcome.Appended) {
            observer.onLeaseConfirmed(outside.process(), append.lease().until());
        }
        return outcome;
    }

    private Append.Outcome append(Append append, SimulatedProcess process) throws LeaseLostException {
        var outcome = log.append(append);
        if (outcome instanceof Append.Outcome.Appended && append.status().ended()) {
            observer.onEnded(append.id(), process);
        }
        tell(
                "appends %d to %d, %s, reserved %d: %s",
                append.first(),
                append.last(),
                append.status(),
                append.lease().reservedThrough(),
                outcome instanceof Append.Outcome.Appended ? "done" : "outdated");
        return outcome;
    }

    /** After a failed request an attempt pauses before the next one, and after several in a row it makes none. */
    private void requirePause() {
        var now = outside.process().instant();
        if (failuresInARow > 0 && now.isBefore(failedAt.plus(LogIntervals.DEFAULT.directives()))) {
            observer.onBroken(outside.process().name() + " makes a request to the log "
                    + Duration.between(failedAt, now).toMillis() + " ms after a failed one, without the pause");
        }
    }

    /** Makes a request of an attempt, and tells the observer how many have failed one after another. */
    private <T> T countingFailures(Effect<T, LeaseLostException> request) throws LeaseLostException {
        try {
            var result = request.run();
            failuresInARow = 0;
            return result;
        } catch (PortException e) {
            failuresInARow++;
            failedAt = outside.process().instant();
            observer.onRequestFailed(outside.process(), failuresInARow);
            throw e;
        }
    }

    @Override
    public AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
        return write("attach to " + id, () -> {
            var result = log.attach(id, subject, socket, startingAfter);
            if (result instanceof AttachResult.Live(var superseded)) {
                superseded.map(ClientSocket::connection).ifPresent(observer::onSuperseded);
            }
            tell(
                    "attaches %s after %d: %s",
                    socket.connection(), startingAfter, result.getClass().getSimpleName());
            return result;
        });
    }

    @Override
    public void markFollowed(ResponseId id, Instant until) {
        var _ = write("follow " + id, () -> {
            log.markFollowed(id, until);
            return true;
        });
    }

    @Override
    public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
        return write("cancel " + id, () -> {
            var header = log.requestCancel(id, subject);
            observer.onCancelRequested(id);
            tell("asks %s to stop", id);
            return header;
        });
    }

    @Override
    public Optional<ResponseHeader> find(ResponseId id) {
        return read("find " + id, () -> log.find(id));
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
        return read("read " + id, () -> log.read(id, startingAfter));
    }

    @Override
    public Optional<Turn> turn(ResponseId id) {
        return read("turn " + id, () -> log.turn(id));
    }

    @Override
    public Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
        return read("find item", () -> log.findByItem(quotaKey, itemId));
    }

    @Override
    public void evict(ResponseId id, ConnectionId origin) {
        var _ = write("evict " + id, () -> {
            log.evict(id, origin);
            return true;
        });
    }

    @Override
    public void delete(ResponseId id) {
        var _ = write("delete " + id, () -> {
            observer.onDeleted(id);
            log.delete(id);
            tell("deletes %s", id);
            return true;
        });
    }

    /**
     * An attempt whose lease has run out by its own clock makes no further request. The log knows the lease at least as
     * long as the attempt does.
     *
     * @param promised the lease that a request gives, if it may have been sent before
     */
    private void requireLease(ResponseId id, int attempt, Instant promised) {
        var now = outside.process().instant();
        log.find(id)
                .filter(header ->
                        header.attempt() == attempt && !header.status().ended())
                .filter(header -> !now.isBefore(header.leaseUntil()) && !now.isBefore(promised))
                .ifPresent(header -> observer.onBroken("attempt " + attempt + " of " + id + " writes at " + now
                        + ", and its lease ended at " + header.leaseUntil()));
    }

    private <T, E extends Exception> T write(String what, Effect<T, E> effect) throws E {
        delay(what);
        return outside.call(what, FAULTS, effect);
    }

    private <T, E extends Exception> T read(String what, Effect<T, E> effect) throws E {
        delay(what);
        return outside.read(what, Fault.LOG_REFUSES, effect);
    }

    private void delay(String what) {
        var chaos = outside.chaos();
        var victim = outside.process().name();
        var throttled = chaos.delay(Fault.LOG_THROTTLED, victim, 2_000, 10_000);
        if (throttled.isPresent()) {
            outside.travel(throttled.get(), what);
            throw new PortException(what + " was throttled for too long");
        }
        chaos.delay(Fault.LOG_SLOW, victim, 300, 6_000).ifPresent(delay -> outside.travel(delay, what));
    }

    private void tell(String template, Object... parts) {
        outside.story().tell(template, parts);
    }
}
