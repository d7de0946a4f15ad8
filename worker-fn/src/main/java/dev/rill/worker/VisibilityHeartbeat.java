package dev.rill.worker;

import dev.rill.chat.ops.Time;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Extends the visibility timeout of a batch's messages while the worker answers them, a short time at once. If the
 * worker crashes, the queue therefore delivers them again within {@link #VISIBILITY_TIMEOUT}; the queue's own
 * visibility timeout must be as long as the function may run. Safe for use by many threads.
 */
final class VisibilityHeartbeat {

    /**
     * The visibility timeout that each heartbeat sets. A worker that crashes after its first heartbeat is noticed
     * within it; one that crashes before is noticed by the {@code WATCHDOG} task.
     */
    static final Duration VISIBILITY_TIMEOUT = Duration.ofSeconds(16);

    /** The time between two heartbeats. */
    private static final Duration INTERVAL = Duration.ofSeconds(4);

    private static final Logger LOG = LoggerFactory.getLogger(VisibilityHeartbeat.class);

    private final Visibility visibility;
    private final Time time;

    /** Sets the visibility timeout of messages, named by their receipt handles. */
    @FunctionalInterface
    interface Visibility {
        void hide(List<String> receiptHandles, Duration timeout);
    }

    VisibilityHeartbeat(Visibility visibility, Time time) {
        this.visibility = visibility;
        this.time = time;
    }

    /** The work during which the messages are hidden; returns the messages that failed. */
    @FunctionalInterface
    interface Work {
        List<FailedMessage> run() throws InterruptedException;
    }

    /**
     * Runs the work on the calling thread and heartbeats on another until it ends. Then sets the retry delay of the
     * messages that failed as their visibility timeout. Errors of the queue are logged and otherwise ignored.
     *
     * <p>The work does not wait for the first heartbeat. Until that has been sent, the queue's own visibility timeout
     * hides the messages.
     *
     * @return what the work returns
     */
    List<FailedMessage> during(Work work, List<BatchMessage> messages) throws InterruptedException {
        var working = new AtomicBoolean(true);
        var heartbeats = time.start("visibility-heartbeat", () -> extend(handles(messages), working));
        List<FailedMessage> failed;
        try {
            failed = work.run();
        } finally {
            // A late heartbeat must not overwrite the retry delays. The flag is needed as well, because the SDK may
            // swallow the interrupt.
            working.set(false);
            heartbeats.interrupt();
            heartbeats.join();
        }
        failed.stream()
                .collect(Collectors.groupingBy(
                        FailedMessage::retryDelay, Collectors.mapping(FailedMessage::message, Collectors.toList())))
                .forEach((delay, some) -> setRetryDelay(handles(some), delay));
        return failed;
    }

    private void extend(List<String> receiptHandles, AtomicBoolean working) {
        try {
            while (working.get()) {
                try {
                    visibility.hide(receiptHandles, VISIBILITY_TIMEOUT);
                } catch (RuntimeException e) {
                    // An error after the end of the work is that of the interrupted request.
                    if (working.get()) {
                        warn(e);
                    }
                }
                time.sleep(INTERVAL);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void setRetryDelay(List<String> receiptHandles, Duration delay) {
        try {
            visibility.hide(receiptHandles, delay);
        } catch (RuntimeException e) {
            warn(e);
        }
    }

    /** Not an error: a message that is delivered too early is put back, because the lease is held. */
    private static void warn(RuntimeException e) {
        LOG.warn("the visibility timeout of this batch's messages could not be set", e);
    }

    private static List<String> handles(List<BatchMessage> messages) {
        return messages.stream().map(BatchMessage::receiptHandle).toList();
    }
}
