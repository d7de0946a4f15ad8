package dev.rill.chat.simulation;

import dev.rill.chat.simulation.SimulatedTime.SimulatedThread;
import dev.rill.chat.simulation.SimulatedTime.Wake;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A reentrant lock on {@link SimulatedTime}. A thread that comes while the lock is free may overtake those that wait.
 * Outside of a run, where there is one thread, it does nothing.
 */
final class SimulatedLock implements Lock {

    private final SimulatedTime time;
    private final Deque<SimulatedThread> waiters = new ArrayDeque<>();
    private @Nullable SimulatedThread owner;
    private int holds;

    SimulatedLock(SimulatedTime time) {
        this.time = time;
    }

    @Override
    public void lock() {
        if (isSimulated()) {
            time.maybePreempt();
            var _ = acquire(time.point(), false, SimulatedTime.NEVER);
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        if (isSimulated()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            time.maybePreempt();
            if (acquire(time.point(), true, SimulatedTime.NEVER) == Wake.INTERRUPTED) {
                throw new InterruptedException();
            }
        }
    }

    @Override
    public boolean tryLock() {
        if (!isSimulated()) {
            return true;
        }
        var self = time.point();
        if (owner != null && owner != self) {
            return false;
        }
        return acquire(self, false, SimulatedTime.NEVER) == Wake.SIGNALLED;
    }

    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
        if (!isSimulated()) {
            return true;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var until = time.deadline(Duration.of(timeout, unit.toChronoUnit()));
        return switch (acquire(time.point(), true, until)) {
            case SIGNALLED -> true;
            case TIMED_OUT -> false;
            case INTERRUPTED -> throw new InterruptedException();
        };
    }

    @Override
    public void unlock() {
        if (!time.isRunning()) {
            return;
        }
        requireOwner();
        if (--holds == 0) {
            release();
        }
    }

    @Override
    public Condition newCondition() {
        return new SimulatedCondition();
    }

    /** A thread of a simulation that is over ends here. */
    private boolean isSimulated() {
        time.requireNotOver();
        return time.isRunning();
    }

    private Wake acquire(SimulatedThread self, boolean interruptible, long deadline) {
        while (owner != null && owner != self) {
            waiters.addLast(self);
            var wake = time.block(self, "a lock of " + owner, interruptible, deadline);
            if (wake != Wake.SIGNALLED) {
                waiters.remove(self);
                return wake;
            }
        }
        owner = self;
        holds++;
        return Wake.SIGNALLED;
    }

    private void release() {
        owner = null;
        var next = waiters.pollFirst();
        if (next != null) {
            time.wake(next, Wake.SIGNALLED);
        }
    }

    private SimulatedThread requireOwner() {
        var self = time.self();
        if (owner != self) {
            throw new IllegalMonitorStateException(self + " does not hold the lock, but " + owner);
        }
        return self;
    }

    private final class SimulatedCondition implements Condition {

        private final Deque<SimulatedThread> waiting = new ArrayDeque<>();

        @Override
        public void await() throws InterruptedException {
            var _ = waitUntil(true, SimulatedTime.NEVER);
        }

        @Override
        public void awaitUninterruptibly() {
            try {
                var _ = waitUntil(false, SimulatedTime.NEVER);
            } catch (InterruptedException e) {
                throw new IllegalStateException("an interrupt does not end this wait", e);
            }
        }

        @Override
        public long awaitNanos(long timeout) throws InterruptedException {
            var until = time.deadline(Duration.ofNanos(timeout));
            var _ = waitUntil(true, until);
            return until - time.nanos();
        }

        @Override
        public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
            return waitUntil(true, time.deadline(Duration.of(timeout, unit.toChronoUnit()))) != Wake.TIMED_OUT;
        }

        @Override
        public boolean awaitUntil(Date deadline) throws InterruptedException {
            var left = Duration.between(time.instant(), deadline.toInstant());
            return waitUntil(true, time.deadline(left)) != Wake.TIMED_OUT;
        }

        @Override
        public void signal() {
            if (time.isRunning()) {
                requireOwner();
                wakeFirst();
            }
        }

        @Override
        public void signalAll() {
            if (time.isRunning()) {
                requireOwner();
                while (!waiting.isEmpty()) {
                    wakeFirst();
                }
            }
        }

        private void wakeFirst() {
            var first = waiting.pollFirst();
            if (first != null) {
                time.wake(first, Wake.SIGNALLED);
            }
        }

        private Wake waitUntil(boolean interruptible, long deadline) throws InterruptedException {
            time.requireNotOver();
            var self = time.point();
            if (owner != self) {
                throw new IllegalMonitorStateException(self + " waits on a condition without its lock");
            }
            if (interruptible && Thread.interrupted()) {
                throw new InterruptedException();
            }
            int held = holds;
            holds = 0;
            release();
            waiting.addLast(self);
            var wake = time.block(self, "a condition", interruptible, deadline);
            if (wake != Wake.SIGNALLED) {
                waiting.remove(self);
            }
            var _ = acquire(self, false, SimulatedTime.NEVER);
            holds = held;
            if (wake == Wake.INTERRUPTED) {
                throw new InterruptedException();
            }
            return wake;
        }
    }
}
