package dev.rill.worker;

import dev.rill.aws.SqsTaskQueue;
import dev.rill.chat.Answerer;
import dev.rill.chat.model.Model;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.socket.Sockets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Answers the messages of one batch concurrently, each on a virtual thread, because Lambda bills the time of the batch
 * and not of its messages. Safe for use by many threads.
 */
public final class BatchProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(BatchProcessor.class);

    /**
     * Delay before a message that failed is delivered again, multiplied by the square of its deliveries: 5 s, 20 s, 45
     * s for the first, second, third delivery. An outage may last a minute.
     */
    private static final Duration RETRY_DELAY = Duration.ofSeconds(5);

    private final Answerer answerer;
    private final Model model;
    private final Sockets sockets;
    private final TaskQueue tasks;

    public BatchProcessor(Answerer answerer, Model model, Sockets sockets, TaskQueue tasks) {
        this.answerer = answerer;
        this.model = model;
        this.sockets = sockets;
        this.tasks = tasks;
    }

    /**
     * Answers all messages; returns those that the queue must deliver again, in the order given.
     *
     * @param deadline when Lambda kills the function
     */
    public List<FailedMessage> answer(List<BatchMessage> messages, Instant deadline) throws InterruptedException {
        return forEach(messages, message -> answer(message, deadline));
    }

    /**
     * Ends the responses of dead-lettered messages as failed; returns the messages that the queue must deliver again,
     * in the order given.
     *
     * @param parking is given the body of each message whose response has failed, and of each that is no task
     */
    public List<FailedMessage> giveUp(List<BatchMessage> messages, Consumer<String> parking)
            throws InterruptedException {
        return forEach(messages, message -> giveUp(message, parking));
    }

    @FunctionalInterface
    private interface MessageAction {
        /** Handles one message; empty if the queue may delete it. */
        Optional<FailedMessage> handle(BatchMessage message) throws InterruptedException;
    }

    private List<FailedMessage> forEach(List<BatchMessage> messages, MessageAction action) throws InterruptedException {
        var context = MDC.getCopyOfContextMap();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = messages.stream()
                    .<Callable<Optional<FailedMessage>>>map(message -> () -> handle(message, action, context))
                    .toList();
            return threads.invokeAll(tasks).stream()
                    .flatMap(task -> task.resultNow().stream())
                    .toList();
        }
    }

    private static Optional<FailedMessage> handle(
            BatchMessage message, MessageAction action, @Nullable Map<String, String> context) {
        if (context != null) {
            MDC.setContextMap(context);
        }
        try {
            return action.handle(message);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.of(new FailedMessage(message, RETRY_DELAY));
        } catch (RuntimeException e) {
            LOG.error("message {} failed and will be delivered again", message.id(), e);
            return Optional.of(new FailedMessage(
                    message, RETRY_DELAY.multipliedBy((long) message.deliveries() * message.deliveries())));
        }
    }

    private Optional<FailedMessage> answer(BatchMessage message, Instant deadline) throws InterruptedException {
        var task = SqsTaskQueue.parse(message.body()).received(message.deliveries());
        try (var _ = MDC.putCloseable("response_id", task.responseId().value())) {
            return switch (answerer.answer(task, deadline, model, sockets, tasks)) {
                case DONE -> Optional.empty();
                case LATER -> putBack(task);
                // Another attempt answers the response; if that one dies as well, this delivery goes on.
                case LOST -> Optional.of(new FailedMessage(message, VisibilityHeartbeat.VISIBILITY_TIMEOUT));
            };
        }
    }

    private Optional<FailedMessage> giveUp(BatchMessage message, Consumer<String> parking) throws InterruptedException {
        Task task;
        try {
            task = SqsTaskQueue.parse(message.body()).received(message.deliveries());
        } catch (IllegalArgumentException e) {
            LOG.error("message {} is not a task and is parked", message.id(), e);
            parking.accept(message.body());
            return Optional.empty();
        }
        try (var _ = MDC.putCloseable("response_id", task.responseId().value())) {
            return switch (answerer.giveUp(task, sockets, tasks)) {
                case FAILED -> {
                    parking.accept(message.body());
                    yield Optional.empty();
                }
                case ENDED -> Optional.empty();
                case LATER -> putBack(task);
            };
        }
    }

    /**
     * Sends the task as a new message and lets the queue delete the old one. If the queue delivered the old one again,
     * its receive count would grow and could move a healthy response to the dead-letter queue.
     */
    private Optional<FailedMessage> putBack(Task task) {
        tasks.send(List.of(new DelayedTask(task, Answerer.PUT_BACK_DELAY)));
        return Optional.empty();
    }
}
