package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings.LogIntervals;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.socket.ConnectionId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between an attempt and the log. One thread of its own makes all requests to the log, one after another: it appends in
 * batches, beside the delivery and not in front of it, reserves numbers, prolongs the lease, and looks at what others
 * want. Only {@link #finish} waits for the log, so that a terminal event is in the log before anybody sees it. Safe for
 * use by many threads.
 */
final class LogWriter {

    /**
     * More than this many characters wait only while the log is slower than the model; then {@link #append} waits too.
     */
    static final int BACKLOG_CHARS = 1024 * 1024;

    /** The log may fail so often in a row, if the lease lasts; each failure has outlasted the adapter's own tries. */
    private static final int MAX_FAILURES = 4;

    private final ResponseLog log;
    private final ResponseId id;
    private final int number;
    private final Attempt attempt;
    private final LogIntervals intervals;
    private final InstantSource clock;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;

    /**
     * An append of which nothing was heard: it may be in the log. It is repeated as it was, before anything else is
     * written that it could undo. The journal's thread alone knows it.
     */
    private @Nullable Append unanswered;

    private Instant lastAppend;
    private Instant lastLease;
    private Instant lastLook;
    private Status goal = Status.IN_PROGRESS;
    private State state = State.OPEN;
    private @Nullable LeaseLostException lost;
    private @Nullable RuntimeException broken;

    private enum State {
        OPEN,
        CLOSED
    }

    private enum Duty {
        APPEND,
        RENEW,
        LOOK,
        NOTHING
    }

    /** Hears, on the journal's thread, what others want. Must not block. */
    interface Listener {

        /**
         * What others want now.
         *
         * @param changes of the sockets since the last time
         */
        void onDirectives(Directives directives, Attempt.Changes changes);
    }

    /** What a reader is to do next. */
    sealed interface Next {

        /** Show these. */
        record Shown(List<Event> events) implements Next {}

        /** Read the log. */
        record Logged() implements Next {}

        /** Nothing more is to be shown by this attempt. */
        record Over() implements Next {}
    }

    LogWriter(
            ResponseLog log,
            ResponseHeader header,
            List<Event> logged,
            LogIntervals pulse,
            InstantSource clock,
            Listener listener) {
        this.log = log;
        this.id = header.id();
        this.number = header.attempt();
        this.attempt = new Attempt(header, logged);
        this.intervals = pulse;
        this.clock = clock;
        this.listener = listener;
        var now = clock.instant();
        this.lastAppend = now;
        this.lastLease = now;
        this.lastLook = now;
        this.thread = Thread.ofVirtual().name("journal-" + id).unstarted(this::writeUntilEnd);
    }

    /** Begins; {@link #close} ends it. */
    void start() {
        thread.start();
    }

    // ---- the attempt's side ---------------------------------------------------------------------------------------

    /** Says up to where an earlier attempt was heard that this one starts anew; does nothing where nobody heard it. */
    void announceRestart() throws LeaseLostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            attempt.announceRestart();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Has numbers reserved for output, while what precedes it is still being sent. */
    void expectOutput() {
        update(attempt::expectOutput);
    }

    /**
     * Numbers an event and shows it as soon as it may be; waits only while too much is not in the log.
     *
     * @throws LeaseLostException if the lease has run out, or the log has refused an earlier event
     */
    Event append(String type, ObjectNode payload) throws LeaseLostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (attempt.unloggedChars() > BACKLOG_CHARS && lost == null && broken == null) {
                changed.await();
            }
            requireSound();
            var event = attempt.number(type, payload);
            changed.signalAll();
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** Numbers the terminal event; returns when the log has it and all before it. */
    void finish(Status status, ObjectNode response) throws LeaseLostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            requireSound();
            attempt.addTerminal(status, response);
            goal = status;
            changed.signalAll();
            while (!attempt.hasEnded()) {
                requireSound();
                changed.await();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many events there are. */
    long count() {
        lock.lock();
        try {
            return attempt.lastSequence() + 1;
        } finally {
            lock.unlock();
        }
    }

    /** Lets go without another write; a request that is under way is not waited for. */
    void close() {
        lock.lock();
        try {
            state = State.CLOSED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
    }

    // ---- the readers' side ----------------------------------------------------------------------------------------

    /** Waits for what comes after a number. */
    Next next(long after) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (!isWritableLocked()) {
                    return new Next.Over();
                }
                if (attempt.isBeforeBuffer(after)) {
                    return new Next.Logged();
                }
                var events = attempt.visibleAfter(after);
                if (!events.isEmpty()) {
                    return new Next.Shown(events);
                }
                if (attempt.hasEnded()) {
                    return new Next.Over();
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether this attempt may still speak for the response. */
    boolean isWritable() {
        lock.lock();
        try {
            return isWritableLocked();
        } finally {
            lock.unlock();
        }
    }

    void onSent(ConnectionId connection, long sequence) {
        lock.lock();
        try {
            attempt.onSent(connection, sequence);
        } finally {
            lock.unlock();
        }
    }

    void onGone(ConnectionId connection) {
        lock.lock();
        try {
            attempt.onGone(connection);
        } finally {
            lock.unlock();
        }
    }

    /** The sockets as the attempt knows them now. */
    Subscriptions subscriptions() {
        lock.lock();
        try {
            return attempt.subscriptions();
        } finally {
            lock.unlock();
        }
    }

    long lastSequence() {
        lock.lock();
        try {
            return attempt.lastSequence();
        } finally {
            lock.unlock();
        }
    }

    private boolean isWritableLocked() {
        return attempt.hasEnded()
                || (state == State.OPEN && lost == null && broken == null && attempt.holdsLease(clock.instant()));
    }

    // ---- the log's side -------------------------------------------------------------------------------------------

    private void writeUntilEnd() {
        int failures = 0;
        try {
            for (var duty = nextDuty(); duty != Duty.NOTHING; duty = nextDuty()) {
                try {
                    perform(duty);
                    failures = 0;
                } catch (RuntimeException e) {
                    failures++;
                    if (failures >= MAX_FAILURES) {
                        throw e;
                    }
                    pause(intervals.directives());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (LeaseLostException e) {
            fail(e, null);
        } catch (RuntimeException e) {
            fail(null, e);
        }
    }

    private Duty nextDuty() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (state == State.CLOSED || attempt.hasEnded()) {
                    return Duty.NOTHING;
                }
                var now = clock.instant();
                var appendDue = attempt.hasUnlogged() ? lastAppend.plus(intervals.append()) : Instant.MAX;
                var leaseDue = lastLease.plus(intervals.lease().dividedBy(4));
                var lookDue = lastLook.plus(intervals.directives());
                if (goal.ended() || unanswered != null || !now.isBefore(appendDue)) {
                    return Duty.APPEND;
                }
                if (attempt.needsReservation() || !now.isBefore(leaseDue)) {
                    return Duty.RENEW;
                }
                if (!now.isBefore(lookDue)) {
                    return Duty.LOOK;
                }
                var wake = earliest(appendDue, earliest(leaseDue, lookDue));
                var _ = changed.await(Duration.between(now, wake).toNanos(), TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void perform(Duty duty) throws LeaseLostException {
        switch (duty) {
            case APPEND -> writeAppend();
            case RENEW -> renew();
            case LOOK -> {
                var directives = log.directives(id, number);
                lastLook = clock.instant();
                notifyListener(directives);
            }
            case NOTHING -> {}
        }
    }

    private void writeAppend() throws LeaseLostException {
        var append = unanswered == null ? nextAppend() : unanswered;
        if (!append.leaseUntil().isAfter(clock.instant())) {
            throw new LeaseLostException(id, number);
        }
        unanswered = append;
        switch (log.append(append)) {
            case Append.Outcome.Appended() -> {
                unanswered = null;
                update(() -> attempt.onAppended(append));
            }
            case Append.Outcome.Outdated(var directives) -> {
                unanswered = null;
                lastAppend = Instant.MIN;
                notifyListener(directives);
            }
        }
    }

    private Append nextAppend() throws LeaseLostException {
        lock.lock();
        try {
            var now = clock.instant();
            if (!attempt.holdsLease(now)) {
                throw new LeaseLostException(id, number);
            }
            lastAppend = now;
            lastLease = now;
            return attempt.nextAppend(goal, now.plus(intervals.lease()));
        } finally {
            lock.unlock();
        }
    }

    private void renew() throws LeaseLostException {
        var now = clock.instant();
        var until = now.plus(intervals.lease());
        long reserved;
        lock.lock();
        try {
            if (!attempt.holdsLease(now)) {
                throw new LeaseLostException(id, number);
            }
            reserved = attempt.needsReservation() ? attempt.nextReservation() : attempt.visibleThrough();
        } finally {
            lock.unlock();
        }
        var directives = log.renew(id, number, until, reserved);
        lastLease = now;
        lastLook = now;
        update(() -> attempt.onRenewed(until, reserved));
        notifyListener(directives);
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void notifyListener(Directives directives) {
        Attempt.Changes changes;
        lock.lock();
        try {
            changes = attempt.applySubscriptions(directives.subscriptions());
        } finally {
            lock.unlock();
        }
        listener.onDirectives(directives, changes);
    }

    private void pause(Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var left = time.toNanos();
            while (left > 0 && state == State.OPEN) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void fail(@Nullable LeaseLostException lease, @Nullable RuntimeException error) {
        lock.lock();
        try {
            lost = lease;
            broken = error;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void requireSound() throws LeaseLostException {
        if (lost != null) {
            throw lost;
        }
        if (broken != null) {
            throw broken;
        }
        if (!attempt.holdsLease(clock.instant())) {
            throw new LeaseLostException(id, number);
        }
    }

    private static Instant earliest(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
