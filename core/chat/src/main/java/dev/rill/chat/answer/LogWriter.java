package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.answer.Attempt.Action;
import dev.rill.chat.answer.Attempt.Changes;
import dev.rill.chat.answer.Attempt.Delivery;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Settlement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The loop around an {@link Attempt}: performs its requests to the log one after another, on one thread, and lets the
 * threads that add and send events wait for it. Appends are written beside the delivery and not before it; only
 * {@link #finish} waits for the log, so that a terminal event is in the log before a client is sent it.
 *
 * <p>One lock guards the attempt. It is not held during a request, nor while the listener is called. Safe for use by
 * many threads.
 */
public final class LogWriter {

    private final ResponseLog log;
    private final ResponseId id;
    private final int attemptNumber;
    private final Time time;
    private final Listener listener;
    private final Lock lock;
    private final Condition changed;

    @GuardedBy("lock")
    private final Attempt attempt;

    @GuardedBy("lock")
    private @Nullable LeaseLostException leaseLost;

    @GuardedBy("lock")
    private @Nullable RuntimeException failure;

    private volatile Time.@Nullable Fiber thread;

    /** Receives, on the log writer's thread, what the directives have changed. */
    @FunctionalInterface
    public interface Listener {

        /** Must not block. */
        void onChanges(Changes changes);
    }

    /** @param header of the attempt */
    public LogWriter(ResponseLog log, ResponseHeader header, Attempt attempt, Time time, Listener listener) {
        this.log = log;
        this.id = header.id();
        this.attemptNumber = header.attempt();
        this.attempt = attempt;
        this.time = time;
        this.listener = listener;
        this.lock = time.newLock();
        this.changed = lock.newCondition();
    }

    /** Starts the thread; {@link #close} ends it. */
    void start() {
        thread = time.start("log-writer-" + id, this::writeUntilStopped);
    }

    /** Performs the attempt's requests on the calling thread, until it asks for no more. */
    public void writeUntilStopped() {
        try {
            for (var action = awaitAction(); !(action instanceof Action.Stop); action = awaitAction()) {
                perform(action);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            update(Attempt::close);
        }
    }

    private Action awaitAction() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                var now = time.instant();
                var action = attempt.next(now);
                if (!(action instanceof Action.WaitUntil(var instant))) {
                    return action;
                }
                var _ = changed.awaitNanos(Duration.between(now, instant).toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    private void perform(Action action) {
        Optional<Changes> changes;
        try {
            changes = request(action);
        } catch (LeaseLostException e) {
            onLeaseLost(e);
            return;
        } catch (RuntimeException e) {
            onFailure(action, e);
            return;
        }
        // An error of the listener is no failure of the request.
        changes.ifPresent(listener::onChanges);
    }

    /** Makes a request and applies its outcome; returns what the directives have changed, if it has read them. */
    private Optional<Changes> request(Action action) throws LeaseLostException {
        return switch (action) {
            case Action.Write(var append) -> write(append);
            case Action.Renew(var lease) -> {
                var directives = log.renew(id, lease);
                yield Optional.of(change(it -> it.onRenewed(lease, directives, time.instant())));
            }
            case Action.ReadDirectives() -> {
                var directives = log.directives(id, attemptNumber);
                yield Optional.of(change(it -> it.onDirectives(directives, time.instant())));
            }
            case Action.WaitUntil _, Action.Stop _ -> throw new IllegalStateException("no request: " + action);
        };
    }

    private void onLeaseLost(LeaseLostException cause) {
        lock.lock();
        try {
            leaseLost = cause;
            attempt.onLeaseLost();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void onFailure(Action request, RuntimeException cause) {
        lock.lock();
        try {
            failure = cause;
            attempt.onFailure(request, time.instant());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Changes> write(Append append) throws LeaseLostException {
        return switch (log.append(append)) {
            case Append.Outcome.Appended() -> {
                update(it -> it.onAppended(append));
                yield Optional.empty();
            }
            case Append.Outcome.Outdated(var directives) ->
                Optional.of(change(it -> it.onOutdated(directives, time.instant())));
        };
    }

    // ---- for the thread that adds events --------------------------------------------------------------------------

    /** Announces a restart of the output, if a client may have been sent output of an earlier attempt. */
    void announceRestart() {
        update(Attempt::announceRestart);
    }

    /** The model is asked. */
    void onModelAsked() {
        update(Attempt::onModelAsked);
    }

    /** The model has accepted the request. */
    void onModelAccepted() {
        update(it -> it.onModelAccepted(time.instant()));
    }

    /** The model has refused the request, or could not be reached. */
    void onModelRefused() {
        update(Attempt::onModelRefused);
    }

    /** Another model has sent output in place of the one that was asked before. */
    void onModelReplaced() {
        update(Attempt::onModelReplaced);
    }

    /**
     * The model has sent an event. Wakes no thread.
     *
     * @return whether the model has sent more than its ceiling, as far as a count tells
     */
    boolean onModelOutput(ModelEvent event) {
        lock.lock();
        try {
            return attempt.onModelOutput(event.type(), event.payload(), time.instant());
        } finally {
            lock.unlock();
        }
    }

    /** What is booked for the response once {@link #finish} has returned; empty if it has no reservation. */
    Optional<Settlement> settlement() {
        return change(Attempt::settlement);
    }

    /** Makes the reservation for output due, while the events before it are still being sent. */
    void expectOutput() {
        update(Attempt::expectOutput);
    }

    /**
     * Numbers an event, which is sent as soon as it may be. Waits while more than {@value Attempt#BACKLOG_CHARS}
     * characters are not in the log.
     *
     * @throws LeaseLostException if the lease has run out, or the log has refused an earlier event
     */
    Event append(String type, ObjectNode payload) throws LeaseLostException, InterruptedException {
        return add(it -> it.add(type, payload));
    }

    /**
     * Begins the output anew with another model. Waits as {@link #append}.
     *
     * @throws LeaseLostException as {@link #append}
     */
    void restart() throws LeaseLostException, InterruptedException {
        var _ = add(it -> {
            it.restart();
            return it;
        });
    }

    private <T> T add(Function<Attempt, T> addition) throws LeaseLostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            requireWritable();
            while (attempt.isBacklogged()) {
                changed.await();
                requireWritable();
            }
            var added = addition.apply(attempt);
            changed.signalAll();
            return added;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds the terminal event; returns when the log has it and all events before it.
     *
     * @throws LeaseLostException if the log does not take it, because the lease has run out or is another attempt's
     */
    void finish(Status status, ObjectNode response, EndedBy by) throws LeaseLostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            requireWritable();
            attempt.addTerminal(status, response, by, time.instant());
            changed.signalAll();
            while (!attempt.hasEnded()) {
                requireWritable();
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes sure that the terminal event is in the log.
     *
     * @throws LeaseLostException if it is not, because the lease has run out or is another attempt's
     * @throws RuntimeException if it is not, because too many requests to the log have failed
     */
    public void requireEnded() throws LeaseLostException {
        lock.lock();
        try {
            if (!attempt.hasEnded()) {
                requireWritable();
                throw new IllegalStateException("the log writer of " + id + " was stopped before the end");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends without a further request; one that is under way is not waited for. */
    void close() {
        update(Attempt::close);
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @GuardedBy("lock")
    private void requireWritable() throws LeaseLostException {
        if (attempt.isWritable(time.instant())) {
            return;
        }
        if (attempt.hasFailed() && failure != null) {
            throw failure;
        }
        throw leaseLost == null ? new LeaseLostException(id, attemptNumber) : leaseLost;
    }

    // ---- for the threads that send events -------------------------------------------------------------------------

    /** Waits until there is something to do for a subscriber that has everything up to a number. */
    Delivery awaitDelivery(Subscriber subscriber, long after) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                var delivery = attempt.deliveryAfter(subscriber, after, time.instant());
                if (!(delivery instanceof Delivery.Wait)) {
                    return delivery;
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #awaitDelivery(Subscriber, long)}, but returns {@link Delivery.Wait} after this duration. */
    Delivery awaitDelivery(Subscriber subscriber, long after, Duration atMost) throws InterruptedException {
        var remainingNanos = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                var delivery = attempt.deliveryAfter(subscriber, after, time.instant());
                if (!(delivery instanceof Delivery.Wait) || remainingNanos <= 0) {
                    return delivery;
                }
                remainingNanos = changed.awaitNanos(remainingNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether events of this attempt may be sent now. */
    boolean maySend() {
        return change(it -> it.maySend(time.instant()));
    }

    /** Whether events of this attempt may be sent to this subscriber now. */
    boolean maySendTo(Subscriber subscriber) {
        return change(it -> it.maySendTo(subscriber, time.instant()));
    }

    boolean isCurrent(Subscriber subscriber) {
        return change(it -> it.isCurrent(subscriber));
    }

    /** The number of the newest event; -1 where there is none. */
    long lastSequence() {
        return change(Attempt::lastSequence);
    }

    void onSent(Subscriber subscriber, long sequence) {
        update(it -> it.onSent(subscriber, sequence));
    }

    void onGone(Subscriber subscriber) {
        update(it -> it.onGone(subscriber));
    }

    private void update(Consumer<Attempt> change) {
        change(it -> {
            change.accept(it);
            return it;
        });
    }

    private <T> T change(Function<Attempt, T> change) {
        lock.lock();
        try {
            var result = change.apply(attempt);
            changed.signalAll();
            return result;
        } finally {
            lock.unlock();
        }
    }
}
