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
 * Answers the prompts of one batch side by side, a virtual thread each: the bill is for the longest one, not for the
 * sum.
 */
public final class BatchProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(BatchProcessor.class);

    /**
     * What failed here comes again so soon the first time, and four and nine times as late the next times: an outage
     * may take a minute.
     */
    private static final Duration RETRY_DELAY = Duration.ofSeconds(5);

    private final Answerer answerer;
    private final Model model;
    private final Sockets sockets;
    private final TaskQueue tasks;

    /**
     * A message of the queue.
     *
     * @param body its text
     * @param receiptHandle what this delivery of it is called
     * @param deliveries how often it has been delivered, this time included
     */
    public record Message(String id, String body, String receiptHandle, int deliveries) {}

    /**
     * A message that is not done with.
     *
     * @param again in how long the queue shall show it
     */
    public record Failed(Message message, Duration again) {}

    public BatchProcessor(Answerer answerer, Model model, Sockets sockets, TaskQueue tasks) {
        this.answerer = answerer;
        this.model = model;
        this.sockets = sockets;
        this.tasks = tasks;
    }

    /**
     * Answers all; returns those that must come again, in the order given.
     *
     * @param deadline when the function is killed
     */
    public List<Failed> answer(List<Message> messages, Instant deadline) throws InterruptedException {
        return each(messages, message -> answer(message, deadline));
    }

    /**
     * Ends the responses of prompts that were delivered in vain; returns those that must come again, in the order
     * given.
     *
     * @param parking takes the text of each whose response has failed
     */
    List<Failed> giveUp(List<Message> messages, Consumer<String> parking) throws InterruptedException {
        return each(messages, message -> giveUp(message, parking));
    }

    @FunctionalInterface
    private interface Work {
        /** Empty if the message is done with. */
        Optional<Failed> on(Message message) throws InterruptedException;
    }

    private List<Failed> each(List<Message> messages, Work work) throws InterruptedException {
        var context = MDC.getCopyOfContextMap();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = messages.stream()
                    .<Callable<Optional<Failed>>>map(message -> () -> work(message, work, context))
                    .toList();
            return threads.invokeAll(tasks).stream()
                    .flatMap(task -> task.resultNow().stream())
                    .toList();
        }
    }

    private static Optional<Failed> work(Message message, Work work, @Nullable Map<String, String> context) {
        if (context != null) {
            MDC.setContextMap(context);
        }
        try {
            return work.on(message);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.of(new Failed(message, RETRY_DELAY));
        } catch (RuntimeException e) {
            LOG.error("message {} failed and will come again", message.id, e);
            return Optional.of(
                    new Failed(message, RETRY_DELAY.multipliedBy((long) message.deliveries * message.deliveries)));
        }
    }

    private Optional<Failed> answer(Message message, Instant deadline) throws InterruptedException {
        var task = SqsTaskQueue.parse(message.body);
        try (var _ = MDC.putCloseable("response_id", task.responseId().value())) {
            return switch (answerer.answer(task, message.deliveries, deadline, model, sockets)) {
                case DONE -> Optional.empty();
                case LATER -> putBack(task);
                // Somebody else has it now.
                case LOST -> Optional.of(new Failed(message, VisibilityHeartbeat.VISIBILITY_TIMEOUT));
            };
        }
    }

    private Optional<Failed> giveUp(Message message, Consumer<String> parking) throws InterruptedException {
        Task task;
        try {
            task = SqsTaskQueue.parse(message.body);
        } catch (IllegalArgumentException e) {
            LOG.error("message {} is no prompt and is parked", message.id, e);
            parking.accept(message.body);
            return Optional.empty();
        }
        try (var _ = MDC.putCloseable("response_id", task.responseId().value())) {
            return switch (answerer.giveUp(task, sockets)) {
                case FAILED -> {
                    parking.accept(message.body);
                    yield Optional.empty();
                }
                case NEEDLESS -> Optional.empty();
                case LATER -> putBack(task);
            };
        }
    }

    /**
     * Sends it once more and is done with the old one: a message that came back by itself would count as received once
     * more, and so push a healthy response into the dead-letter queue.
     */
    private Optional<Failed> putBack(Task task) {
        tasks.send(List.of(new DelayedTask(task, Answerer.PUT_BACK_DELAY)));
        return Optional.empty();
    }
}
