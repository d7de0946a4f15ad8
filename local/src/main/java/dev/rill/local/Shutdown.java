package dev.rill.local;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;

/**
 * Ends the stack and this process: in order when the process is told to end, and at once when a part has died without
 * which the stack is of no use. Safe for use by many threads.
 */
final class Shutdown {
    private static final Duration IN_ORDER = Duration.ofSeconds(15);
    private static final Duration AT_ONCE = Duration.ofMillis(200);
    /** Ctrl-C goes to every process of a terminal: a part may have ended by it before this process begins to. */
    private static final Duration SIGNAL = Duration.ofMillis(100);

    private final Stack stack;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicBoolean failed = new AtomicBoolean();

    Shutdown(Stack stack) {
        this.stack = stack;
    }

    /** Makes this process end the stack when it is told to end, and when a part or a thread dies. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::inOrder, "end"));
        var _ = stack.failure().thenAccept(this::atOnce);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            if (failure instanceof Error) {
                // Of a thread that dies of an Error only one thing is known: something does not work any more.
                atOnce(failure + " in thread " + thread.getName());
            } else {
                failure.printStackTrace();
            }
        });
    }

    private void inOrder() {
        begun.countDown();
        if (!close(IN_ORDER)) {
            cutOff();
        }
    }

    /** Says why in one line, and ends this process with status 1 within a second; returns before. */
    private void atOnce(String failure) {
        if (!failed.compareAndSet(false, true)) {
            return;
        }
        Thread.ofPlatform().daemon().name("failure").start(() -> {
            if (hasBegun()) {
                return;
            }
            System.err.println("rill: the stack ends, since " + failure);
            // First, so that closing waits for none of them; clients are not waited for either.
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            close(AT_ONCE);
            cutOff();
        });
    }

    private boolean hasBegun() {
        try {
            return begun.await(SIGNAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("no one interrupts this thread", e);
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

    private static void cutOff() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
    }
}
