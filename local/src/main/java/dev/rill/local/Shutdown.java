package dev.rill.local;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;

/**
 * Ends the stack and this process: in order if the process is terminated, and at once if a process that the stack needs
 * has ended. Safe for use by many threads.
 */
final class Shutdown {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);
    private static final Duration ABORT_LIMIT = Duration.ofMillis(200);
    /**
     * Ctrl-C is sent to every process of a terminal: a part may end by it before this process starts its own shutdown.
     */
    private static final Duration SIGNAL_DELAY = Duration.ofMillis(100);

    private final Stack stack;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicBoolean failed = new AtomicBoolean();

    Shutdown(Stack stack) {
        this.stack = stack;
    }

    /** Installs the shutdown hook, and the handlers for a part that ends and a thread that dies of an error. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::closeInOrder, "end"));
        var _ = stack.failure().thenAccept(this::abort);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            if (failure instanceof Error) {
                // The thread that died may have polled the queue or accepted connections: the stack can't go on
                // without it.
                abort(failure + " in thread " + thread.getName());
            } else {
                failure.printStackTrace();
            }
        });
    }

    private void closeInOrder() {
        begun.countDown();
        if (!close(CLOSE_LIMIT)) {
            exit();
        }
    }

    /** Prints the reason in one line, and ends this process with status 1 within a second. Does not wait for that. */
    private void abort(String failure) {
        if (!failed.compareAndSet(false, true)) {
            return;
        }
        Thread.ofPlatform().daemon().name("failure").start(() -> {
            if (hasBegun()) {
                return;
            }
            System.err.println("rill: the stack ends, since " + failure);
            // Before the parts are closed, so that closing waits for no process. Clients are not waited for either.
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            close(ABORT_LIMIT);
            exit();
        });
    }

    private boolean hasBegun() {
        try {
            return begun.await(SIGNAL_DELAY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("this thread is never interrupted", e);
        }
    }

    private boolean close(Duration limit) {
        var closing = Thread.ofPlatform().daemon().name("closing").start(stack::close);
        try {
            return closing.join(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void exit() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
    }
}
