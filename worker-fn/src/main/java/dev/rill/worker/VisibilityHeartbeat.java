package dev.rill.worker;

import dev.rill.chat.ops.Sleeper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the prompts of a batch hidden from other workers, for a short while at a time and again and again: when this
 * worker dies, the queue shows them soon, and not only after the queue's own visibility timeout, which must be as long
 * as the function may run.
 */
final class VisibilityHeartbeat {

    /** So long after a worker's death its prompts come again at most. */
    static final Duration VISIBILITY_TIMEOUT = Duration.ofSeconds(16);

    private static final Duration INTERVAL = Duration.ofSeconds(4);
    private static final Logger LOG = LoggerFactory.getLogger(VisibilityHeartbeat.class);

    private final Visibility visibility;
    private final Sleeper sleeper;

    /** Hides messages, named by their receipt handles, from now on for a time. */
    @FunctionalInterface
    interface Visibility {
        void hide(List<String> receiptHandles, Duration time);
    }

    VisibilityHeartbeat(Visibility visibility, Sleeper sleeper) {
        this.visibility = visibility;
        this.sleeper = sleeper;
    }

    /** The work during which messages are hidden. */
    @FunctionalInterface
    interface Work {
        List<FailedMessage> run() throws InterruptedException;
    }

    /**
     * Hides messages while it works, and then shows those that failed when they shall come again. Returns what the work
     * returns.
     *
     * <p>The work need not wait for the first request to SQS: until it has been answered, a death is noticed no later
     * either way.
     */
    List<FailedMessage> during(Work work, List<BatchMessage> messages) throws InterruptedException {
        var working = new AtomicBoolean(true);
        var keeper = Thread.ofVirtual().name("hiding").start(() -> extend(handles(messages), working));
        List<FailedMessage> failed;
        try {
            failed = work.run();
        } finally {
            // A last extension must not come after what is said of those that failed. An interrupt alone could get lost
            // in the SDK.
            working.set(false);
            keeper.interrupt();
            keeper.join();
        }
        failed.stream()
                .collect(Collectors.groupingBy(
                        FailedMessage::retryDelay, Collectors.mapping(FailedMessage::message, Collectors.toList())))
                .forEach((again, some) -> show(handles(some), again));
        return failed;
    }

    private void extend(List<String> receiptHandles, AtomicBoolean working) {
        try {
            while (working.get()) {
                try {
                    visibility.hide(receiptHandles, VISIBILITY_TIMEOUT);
                } catch (RuntimeException e) {
                    // A request that the end of the work broke off is no loss.
                    if (working.get()) {
                        warn(e);
                    }
                }
                sleeper.sleep(INTERVAL);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void show(List<String> receiptHandles, Duration again) {
        try {
            visibility.hide(receiptHandles, again);
        } catch (RuntimeException e) {
            warn(e);
        }
    }

    /** The leases hold all the same: a prompt that comes too early is put back. */
    private static void warn(RuntimeException e) {
        LOG.warn("the visibility of this batch's prompts could not be set", e);
    }

    private static List<String> handles(List<BatchMessage> messages) {
        return messages.stream().map(BatchMessage::receiptHandle).toList();
    }
}
