package dev.rill.chat.simulation;

import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time, in which one thread runs at a time. Each simulated thread is a virtual thread that runs only while it
 * holds the baton. A thread passes the baton when it waits (for a lock, a condition, a sleep, a join), when it ends,
 * and at {@link #pause}, to the thread that the {@link Schedule} chooses among those that can run. If no thread can
 * run, the clock advances to the earliest deadline. If there is no deadline either, the run ends with a
 * {@link StuckException} that says for what each thread waits.
 *
 * <p>Two runs with the same schedule are the same if the threads share no unordered data, such as an identity map. Two
 * runs are the same if they have the same {@link #traceHash}.
 *
 * <p>A simulated thread may be interrupted through its {@link Fiber} or by itself, with the effects of
 * {@code java.util.concurrent}. It must wait only in this time: a run whose thread blocks elsewhere fails after
 * {@link Limits#real}. {@code synchronized} blocks are allowed if no thread waits inside of them.
 */
public final class SimulatedTime implements Time {

    private static final Instant START = Instant.parse("2026-11-02T08:30:00.123Z");

    static final long NEVER = Long.MAX_VALUE;

    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final Comparator<SimulatedThread> BY_ID = Comparator.comparingInt(thread -> thread.id);

    private final Schedule schedule;
    private final Limits limits;
    private final SimulatedProcess root;
    private final List<SimulatedThread> runnable = new ArrayList<>();
    private final Set<SimulatedThread> living = new LinkedHashSet<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::deadline).thenComparingLong(Timer::order));
    private final List<Uncaught> uncaught = new ArrayList<>();
    /**
     * Written by the thread that holds the baton; read by the thread that started the run if the run takes too long.
     */
    private volatile @Nullable SimulatedThread current;

    private @Nullable SimulatedThread idle;
    private @Nullable StuckException stuck;
    private CountDownLatch allEnded = new CountDownLatch(0);
    private Instant now = START;
    private long nanos;
    private long steps;
    private long order;
    private long traceHash;
    private int threads;
    private boolean over;
    /** Whether an {@link Due.Act action} runs now, on a thread that is passing the baton. */
    private boolean acting;

    /** Why a waiting thread was woken. */
    enum Wake {
        SIGNALLED,
        TIMED_OUT,
        INTERRUPTED
    }

    /** An exception that ended a thread other than the first thread of {@link #run}. */
    public record Uncaught(String thread, Throwable exception) {}

    private sealed interface Due {
        /** Wakes a thread, unless it has been woken since the timer was set. */
        record WakeUp(SimulatedThread thread, long ticket) implements Due {}

        record Act(Runnable action) implements Due {}
    }

    private record Timer(long deadline, long order, Due due) {}

    /** Ends a thread of a simulation that is over. */
    private static final class DiscardedError extends Error {
        private static final long serialVersionUID = 1;

        DiscardedError() {
            super("the simulation is over", null, false, false);
        }
    }

    public SimulatedTime(Schedule schedule, Limits limits) {
        this.schedule = schedule;
        this.limits = limits;
        this.root = new SimulatedProcess(this, "test", Duration.ZERO);
    }

    /** Creates a time without randomness: threads run in the order in which they became runnable. */
    public static SimulatedTime inOrder() {
        return new SimulatedTime(Schedule.inOrder(), Limits.DEFAULT);
    }

    // ---- the run --------------------------------------------------------------------------------------------------

    /** Runs work that has no result; see {@link #run(Callable)}. */
    public void run(Work work) throws Exception {
        var _ = this.<Boolean>run(() -> {
            work.run();
            return Boolean.TRUE;
        });
    }

    /** The work of the first thread of a simulation. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    /**
     * Runs work on the first simulated thread, and the threads that it starts. Returns when the work has returned.
     * Threads that are still running then are ended where they wait.
     *
     * @throws StuckException if no thread can ever run again, or a limit is exceeded
     * @throws Exception if the work throws it
     */
    public <T> T run(Callable<T> work) throws Exception {
        if (current != null) {
            throw new IllegalStateException("the simulation is already running");
        }
        over = false;
        stuck = null;
        allEnded = new CountDownLatch(1);
        var main = new Main<>(work);
        var thread = create("main", root, main);
        current = thread;
        thread.resume();
        if (!allEnded.await(limits.real().toNanos(), TimeUnit.NANOSECONDS)) {
            throw new StuckException(blockedElsewhere());
        }
        clear();
        if (stuck != null) {
            throw stuck;
        }
        return main.result();
    }

    private final class Main<T> implements Runnable {
        private final Callable<T> work;
        private @Nullable T result;
        private @Nullable Exception exception;
        private @Nullable Error error;

        Main(Callable<T> work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                result = work.call();
            } catch (DiscardedError e) {
                throw e;
            } catch (Exception e) {
                exception = e;
            } catch (Error e) {
                error = e;
            } finally {
                over = true;
            }
        }

        T result() throws Exception {
            if (exception != null) {
                throw exception;
            }
            if (error != null) {
                throw error;
            }
            if (result == null) {
                throw new IllegalStateException("the work of a simulation returned null");
            }
            return result;
        }
    }

    private void clear() {
        runnable.clear();
        living.clear();
        timers.clear();
        idle = null;
        current = null;
    }

    private String blockedElsewhere() {
        var holder = current;
        if (holder == null) {
            return "the simulation took longer than " + limits.real();
        }
        return "the simulation took longer than " + limits.real() + "; thread " + holder.name + " runs or blocks at\n  "
                + Arrays.stream(holder.thread.getStackTrace())
                        .map(StackTraceElement::toString)
                        .collect(Collectors.joining("\n  "));
    }

    // ---- for the simulation's own threads ---------------------------------------------------------------------------

    /** Passes the baton: the schedule chooses the next thread, which may be the calling one. */
    public void pause() {
        var self = point();
        makeRunnable(self);
        passBaton(self);
    }

    /** Blocks until each other thread waits, and none of their deadlines has been reached. */
    public void awaitIdle() {
        var self = point();
        if (idle != null) {
            throw new IllegalStateException("only one thread waits until all others do");
        }
        idle = self;
        self.waitsFor = "all others to wait";
        passBaton(self);
    }

    /** Advances the clock by a duration, and runs all threads whose deadlines are reached by then. */
    public void advance(Duration duration) throws InterruptedException {
        sleep(duration);
        awaitIdle();
    }

    /**
     * Runs an action after a delay, on the thread that passes the baton then. The action must not wait.
     *
     * @param delay counted from now
     */
    public void after(Duration delay, Runnable action) {
        timers.add(new Timer(deadline(delay), order++, new Due.Act(action)));
    }

    /**
     * Creates a process.
     *
     * @param skew by which its clock is ahead; behind if negative
     */
    public SimulatedProcess newProcess(String name, Duration skew) {
        return new SimulatedProcess(this, name, skew);
    }

    /** Returns the exceptions that ended threads other than the first thread of {@link #run}, in order. */
    public List<Uncaught> uncaught() {
        return List.copyOf(uncaught);
    }

    /** Returns a hash of the threads that ran and of the instants, by which two runs can be compared. */
    public long traceHash() {
        return traceHash;
    }

    /** Adds an event to {@link #traceHash}. */
    public void trace(long happened) {
        traceHash = (traceHash ^ happened) * 0x100000001b3L;
    }

    /** Returns how often a thread was chosen to run. */
    public long steps() {
        return steps;
    }

    /** Returns the virtual time since this object was created. */
    public Duration elapsed() {
        return Duration.ofNanos(nanos);
    }

    /** Returns the name of the running thread; empty outside of a run. */
    public String currentThread() {
        var running = current;
        return running == null || acting ? "" : running.name;
    }

    // ---- Time -----------------------------------------------------------------------------------------------------

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        var self = point();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (block(self, "a sleep of " + duration.toMillis() + " ms", true, deadline(duration)) == Wake.INTERRUPTED) {
            throw new InterruptedException();
        }
    }

    @Override
    public Lock newLock() {
        return new SimulatedLock(this);
    }

    @Override
    public Fiber start(String name, Runnable work) {
        return start(name, root, work);
    }

    Fiber start(String name, SimulatedProcess process, Runnable work) {
        if (over) {
            throw new DiscardedError();
        }
        var thread = create(name, process, work);
        makeRunnable(thread);
        return thread;
    }

    private SimulatedThread create(String name, SimulatedProcess process, Runnable work) {
        var thread = new SimulatedThread(threads++, name, process, work);
        living.add(thread);
        return thread;
    }

    // ---- for locks and mailboxes ------------------------------------------------------------------------------------

    /** Returns the running thread. Its process may be killed or frozen here. */
    SimulatedThread point() {
        var self = self();
        var process = self.process;
        if (process.isDueNow()) {
            process.runDue();
            if (over) {
                throw new DiscardedError();
            }
        }
        return self;
    }

    /** Returns the running thread. */
    SimulatedThread self() {
        var self = current;
        if (self == null || !self.thread.equals(Thread.currentThread())) {
            throw new IllegalStateException("only a thread of this simulation may wait in its time, and "
                    + Thread.currentThread().getName() + " is not one of them");
        }
        if (over) {
            throw new DiscardedError();
        }
        return self;
    }

    /** Whether a run is under way. Outside of a run, locks are not simulated. */
    boolean isRunning() {
        return current != null && !over;
    }

    /** Ends the calling thread if its simulation is over. */
    void requireNotOver() {
        if (over && current != null) {
            throw new DiscardedError();
        }
    }

    void maybePreempt() {
        if (runnable.isEmpty() || !schedule.preempts()) {
            return;
        }
        pause();
    }

    Wake block(SimulatedThread self, String what, boolean interruptible, long deadline) {
        self.waitsFor = what;
        self.interruptible = interruptible;
        self.wake = null;
        self.waiting = true;
        if (deadline != NEVER) {
            timers.add(new Timer(deadline, order++, new Due.WakeUp(self, self.ticket)));
        }
        passBaton(self);
        var wake = self.wake;
        return wake == null ? Wake.SIGNALLED : wake;
    }

    /** Makes a waiting thread runnable. Does nothing if the thread does not wait. */
    void wake(SimulatedThread thread, Wake wake) {
        if (!thread.waiting) {
            return;
        }
        thread.waiting = false;
        thread.ticket++;
        thread.wake = wake;
        makeRunnable(thread);
    }

    long deadline(Duration duration) {
        var by = duration.isNegative() ? 0 : duration.compareTo(LONGEST) > 0 ? NEVER : duration.toNanos();
        return by > NEVER - nanos ? NEVER - 1 : nanos + by;
    }

    long nanos() {
        return nanos;
    }

    private void makeRunnable(SimulatedThread thread) {
        thread.process.hold(thread, runnable);
    }

    // ---- processes --------------------------------------------------------------------------------------------------

    /** Stops the threads of a process. Does not return if the calling thread is one of them. */
    void killed(SimulatedProcess process) {
        runnable.removeIf(thread -> thread.process == process);
        leaveIfStopped(process);
    }

    void frozen(SimulatedProcess process, List<SimulatedThread> held, Duration time) {
        for (var thread : runnable) {
            if (thread.process == process) {
                held.add(thread);
            }
        }
        runnable.removeAll(held);
        after(time, process::thaw);
        var self = current;
        if (self != null && !acting && self.process == process) {
            held.add(self);
        }
        leaveIfStopped(process);
    }

    void thawed(List<SimulatedThread> held) {
        held.forEach(this::makeRunnable);
    }

    private void leaveIfStopped(SimulatedProcess process) {
        var self = current;
        if (self != null && !acting && self.process == process && self.thread.equals(Thread.currentThread())) {
            self.waitsFor = "its process, which is stopped";
            passBaton(self);
        }
    }

    // ---- the baton --------------------------------------------------------------------------------------------------

    private void passBaton(SimulatedThread self) {
        SimulatedThread next;
        try {
            next = next();
        } catch (StuckException e) {
            stuck = e;
            over = true;
            throw new DiscardedError();
        }
        if (next != self) {
            current = next;
            next.resume();
            self.baton.acquireUninterruptibly();
        }
        if (over) {
            throw new DiscardedError();
        }
        if (self.interruptPending) {
            self.interruptPending = false;
            Thread.currentThread().interrupt();
        }
    }

    private SimulatedThread next() {
        while (true) {
            fireDue();
            if (!runnable.isEmpty()) {
                return choose();
            }
            var waiting = idle;
            if (waiting != null) {
                idle = null;
                return waiting;
            }
            var earliest = timers.peek();
            if (earliest == null) {
                throw new StuckException("deadlock: " + waits());
            }
            if (earliest.deadline > limits.virtual().toNanos()) {
                throw new StuckException("virtual time has passed " + limits.virtual() + ": " + waits());
            }
            nanos = earliest.deadline;
            now = START.plusNanos(nanos);
        }
    }

    private SimulatedThread choose() {
        if (++steps > limits.steps()) {
            throw new StuckException("livelock: more than " + limits.steps() + " steps: " + waits());
        }
        int index = 0;
        if (runnable.size() > 1) {
            if (schedule.ignoresArrival()) {
                runnable.sort(BY_ID);
            }
            index = schedule.next(runnable.size());
        }
        var chosen = runnable.remove(index);
        trace(chosen.id);
        trace(nanos);
        return chosen;
    }

    private void fireDue() {
        for (var timer = timers.peek(); timer != null && timer.deadline <= nanos; timer = timers.peek()) {
            var _ = timers.remove();
            switch (timer.due) {
                case Due.WakeUp(var thread, long ticket) -> {
                    if (thread.ticket == ticket) {
                        wake(thread, Wake.TIMED_OUT);
                    }
                }
                case Due.Act(var action) -> {
                    acting = true;
                    action.run();
                    acting = false;
                }
            }
        }
    }

    private String waits() {
        return living.stream()
                .filter(thread -> thread.process.isAlive())
                .map(thread -> thread.name + " waits for " + thread.waitsFor)
                .collect(Collectors.joining("; "));
    }

    private void end(SimulatedThread self) {
        living.remove(self);
        for (var joining : self.joining) {
            wake(joining, Wake.SIGNALLED);
        }
        self.joining.clear();
        self.ended = true;
        SimulatedThread next = null;
        if (!over) {
            try {
                next = next();
            } catch (StuckException e) {
                stuck = e;
                over = true;
            }
        }
        if (next == null) {
            living.removeIf(thread -> !thread.begun);
            if (living.isEmpty()) {
                allEnded.countDown();
                return;
            }
            next = living.iterator().next();
        }
        current = next;
        next.resume();
    }

    /** A simulated thread. */
    final class SimulatedThread implements Fiber {
        final int id;
        final String name;
        final SimulatedProcess process;
        final List<SimulatedThread> joining = new ArrayList<>();
        private final Thread thread;
        private final Semaphore baton = new Semaphore(0);
        private String waitsFor = "its start";
        private @Nullable Wake wake;
        private boolean begun;
        private boolean ended;
        private boolean waiting;
        private boolean interruptible;
        private boolean interruptPending;
        private long ticket;

        SimulatedThread(int id, String name, SimulatedProcess process, Runnable work) {
            this.id = id;
            this.name = name;
            this.process = process;
            this.thread = Thread.ofVirtual().name(name).unstarted(() -> live(work));
        }

        private void live(Runnable work) {
            try {
                if (interruptPending) {
                    interruptPending = false;
                    Thread.currentThread().interrupt();
                }
                work.run();
            } catch (DiscardedError _) {
                // The simulation is over.
            } catch (Throwable e) {
                if (!over) {
                    uncaught.add(new Uncaught(name, e));
                }
            } finally {
                end(this);
            }
        }

        /** Gives this thread the baton. */
        void resume() {
            if (begun) {
                baton.release();
            } else {
                begun = true;
                thread.start();
            }
        }

        @Override
        public void interrupt() {
            if (!isRunning() || ended) {
                return;
            }
            if (this == current) {
                thread.interrupt();
            } else if (waiting && interruptible) {
                SimulatedTime.this.wake(this, Wake.INTERRUPTED);
            } else {
                interruptPending = true;
            }
        }

        @Override
        public void join() throws InterruptedException {
            var self = point();
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            while (!ended) {
                joining.add(self);
                if (block(self, "the end of " + name, true, NEVER) == Wake.INTERRUPTED) {
                    joining.remove(self);
                    throw new InterruptedException();
                }
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
