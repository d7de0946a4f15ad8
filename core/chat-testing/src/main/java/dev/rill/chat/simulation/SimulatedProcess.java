package dev.rill.chat.simulation;

import dev.rill.chat.ops.Time;
import dev.rill.chat.simulation.SimulatedTime.SimulatedThread;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A process on {@link SimulatedTime}: threads that have one clock, and that are killed or frozen together. A killed
 * process never runs again, and not even its {@code finally} blocks do while the simulation goes on.
 */
public final class SimulatedProcess implements Time {

    private final SimulatedTime time;
    private final String name;
    private final Duration skew;
    private final List<SimulatedThread> held = new ArrayList<>();
    private State state = State.ALIVE;
    private int stepsLeft = -1;
    private @Nullable Runnable due;

    private enum State {
        ALIVE,
        FROZEN,
        KILLED
    }

    SimulatedProcess(SimulatedTime time, String name, Duration skew) {
        this.time = time;
        this.name = name;
        this.skew = skew;
    }

    public String name() {
        return name;
    }

    /** Not killed; it may be frozen. */
    public boolean isAlive() {
        return state != State.KILLED;
    }

    /** Ends all its threads where they are. Does not return if one of them calls it. */
    public void kill() {
        if (state == State.KILLED) {
            return;
        }
        state = State.KILLED;
        held.clear();
        time.killed(this);
    }

    /** Whether it stands still now. */
    public boolean isFrozen() {
        return state == State.FROZEN;
    }

    /** Stops all its threads for a time; does nothing with a process that is frozen or killed. */
    public void freeze(Duration duration) {
        if (state == State.ALIVE) {
            state = State.FROZEN;
            time.frozen(this, held, duration);
        }
    }

    /**
     * Has a thread of this process do something when its threads have come so often to a place where they can wait. The
     * action may kill or freeze this process, and must not wait.
     *
     * @param steps at least 1
     */
    public void afterSteps(int steps, Runnable action) {
        stepsLeft = steps;
        due = action;
    }

    @Override
    public Instant instant() {
        return time.instant().plus(skew);
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        time.sleep(duration);
    }

    @Override
    public Lock newLock() {
        return time.newLock();
    }

    @Override
    public Fiber start(String thread, Runnable work) {
        return time.start(name + "/" + thread, this, work);
    }

    /** Has the simulation do something after a time, even if this process is killed first. The action must not wait. */
    void afterwards(Duration delay, Runnable action) {
        time.after(delay, action);
    }

    boolean isDueNow() {
        return stepsLeft > 0 && --stepsLeft == 0;
    }

    void runDue() {
        var action = due;
        due = null;
        if (action != null) {
            action.run();
        }
    }

    void thaw() {
        if (state == State.FROZEN) {
            state = State.ALIVE;
            var thawed = List.copyOf(held);
            held.clear();
            time.thawed(thawed);
        }
    }

    /** Adds a thread that can run to those that may be chosen, or keeps it here while the process is stopped. */
    void hold(SimulatedThread thread, List<SimulatedThread> runnable) {
        switch (state) {
            case ALIVE -> runnable.add(thread);
            case FROZEN -> held.add(thread);
            case KILLED -> {}
        }
    }
}
