package dev.rill.chat.simulation;

import dev.rill.chat.ops.Time;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A call on a thread of its own, whose result another thread waits for. Both are threads of the same time. */
public final class SimulatedCall<T> {

    private final FutureTask<T> task;
    private final Time.Fiber thread;

    private SimulatedCall(FutureTask<T> task, Time.Fiber thread) {
        this.task = task;
        this.thread = thread;
    }

    /** Starts the call. The name is that of its thread. */
    public static <T> SimulatedCall<T> start(Time time, String name, Callable<T> work) {
        var task = new FutureTask<>(work);
        return new SimulatedCall<>(task, time.start(name, task));
    }

    /**
     * Blocks until the call has returned, and returns its result.
     *
     * @throws ExecutionException with the exception of the call as its cause
     */
    public T get() throws InterruptedException, ExecutionException {
        thread.join();
        return task.get();
    }
}
