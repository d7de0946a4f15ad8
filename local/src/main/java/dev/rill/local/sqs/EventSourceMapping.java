package dev.rill.local.sqs;

import dev.rill.local.lambda.Functions;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.sqs.Redeliveries.Redelivery.Duplicate;
import dev.rill.local.sqs.Redeliveries.Redelivery.Late;
import dev.rill.local.template.StackPlan.QueueSource;
import java.io.Closeable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * Lambda's event source mapping: polls a queue and invokes a function with its messages, in batches.
 *
 * <p>One thread polls; each batch has a virtual thread that invokes the function. At most the maximum concurrency of
 * batches runs at once. While that many run, messages stay in the queue, and a warning is printed at most once a
 * minute. With a batching window of zero a batch is the result of one poll and is sent at once. With a longer window
 * polling continues until the batch is full or the window has passed, rounded up to whole seconds as SQS's polls
 * require.
 *
 * <p>Processed messages are deleted. Failed messages are not: they become visible again when their visibility timeout
 * ends, and the queue's redrive policy counts their receives. A throttled batch is retried with growing pauses until
 * its visibility timeout ends, as on AWS.
 *
 * <p>SQS delivers at least once: messages that {@link Redeliveries} chooses are delivered again, each in its own
 * invocation, within the same concurrency. The result of such an invocation is handled like any other.
 *
 * <p>{@link #close} stops polling at once and interrupts running batches.
 */
public final class EventSourceMapping implements Closeable {
    /** Lambda's limit of an invocation's payload, 6 MB. */
    private static final int PAYLOAD_LIMIT = 6 * 1024 * 1024;

    private static final int POLL_SECONDS = 20;
    private static final int POLL_MESSAGES = 10;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** How often the poller checks, while no batch may start, whether messages wait and a warning is due. */
    private static final Duration PERMIT_CHECK_INTERVAL = Duration.ofSeconds(1);

    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

    private final QueueSource source;
    private final String queueUrl;
    private final Duration visibilityTimeout;
    private final SqsClient sqs;
    private final Functions functions;
    private final SqsEvents events;
    private final InstantSource clock;
    private final Consumer<String> problems;
    private final Redeliveries redeliveries;
    private final int concurrency;
    private final Semaphore free;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    /** Only the poller uses it. */
    private Instant nextWarning = Instant.MIN;

    private EventSourceMapping(
            QueueSource source, Queue queue, int concurrency, SqsClient sqs, Functions functions, Context context) {
        this.source = source;
        this.queueUrl = queue.url();
        this.visibilityTimeout = queue.visibilityTimeout();
        this.sqs = sqs;
        this.functions = functions;
        this.events = new SqsEvents(source.queueArn(), queue.region());
        this.clock = context.clock();
        this.redeliveries = context.redeliveries();
        this.problems = context.problems();
        this.concurrency = concurrency;
        // Fair: otherwise the poller of a full queue could keep a late delivery waiting forever.
        this.free = new Semaphore(concurrency, true);
    }

    /**
     * The queue that a mapping polls.
     *
     * @param visibilityTimeout how long a received message stays hidden
     */
    public record Queue(String url, String region, Duration visibilityTimeout) {}

    /**
     * What surrounds a mapping.
     *
     * @param redeliveries chooses the messages that are delivered again
     * @param problems receives one line for each failed batch and failed poll; called on any thread
     */
    public record Context(InstantSource clock, Redeliveries redeliveries, Consumer<String> problems) {}

    /**
     * Starts polling.
     *
     * @param concurrency maximum number of batches at once
     * @param sqs the caller closes it, after the mapping
     */
    public static EventSourceMapping start(
            QueueSource source, Queue queue, int concurrency, SqsClient sqs, Functions functions, Context context) {
        var mapping = new EventSourceMapping(source, queue, concurrency, sqs, functions, context);
        mapping.run("poller-" + source.queueName(), mapping::poll);
        return mapping;
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }

    private void run(String name, Task task) {
        var thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                // The mapping was closed.
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                problems.accept(name + " failed: " + e);
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
        if (closed) {
            thread.interrupt();
        }
    }

    private interface Task {
        void run() throws InterruptedException;
    }

    private void poll() throws InterruptedException {
        var pause = FIRST_PAUSE;
        while (true) {
            acquireForPoll();
            var deliveries = Deliveries.NONE;
            try {
                deliveries = deliveriesOf(nextBatch());
                pause = FIRST_PAUSE;
            } catch (RuntimeException e) {
                // Catches everything: a mapping that stops polling would leave every later message unprocessed.
                if (Thread.interrupted()) {
                    throw new InterruptedException("closed while polling");
                }
                problems.accept("polling " + source.queueName() + " failed: " + e.getMessage());
                Thread.sleep(pause);
                pause = longer(pause);
            }
            if (deliveries.batch().isEmpty()) {
                free.release();
            } else {
                deliver(deliveries);
            }
        }
    }

    private void acquireForPoll() throws InterruptedException {
        while (!free.tryAcquire(PERMIT_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (!clock.instant().isBefore(nextWarning) && messagesWait()) {
                nextWarning = clock.instant().plus(WARNING_INTERVAL);
                problems.accept("messages of %s wait: %s processes %d batches, the maximum (--environments sets it)"
                        .formatted(source.queueName(), source.functionName(), concurrency));
            }
        }
    }

    private boolean messagesWait() {
        try {
            var visible = QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES;
            return !"0"
                    .equals(sqs.getQueueAttributes(
                                    request -> request.queueUrl(queueUrl).attributeNames(visible))
                            .attributes()
                            .get(visible));
        } catch (SdkException e) {
            // The next poll reports the failure.
            return false;
        }
    }

    /**
     * The deliveries of one received batch.
     *
     * @param duplicates messages of the batch that are also delivered alone, at once
     * @param late messages of the batch that are delivered again later
     */
    private record Deliveries(List<Message> batch, List<Message> duplicates, List<LateMessage> late) {
        static final Deliveries NONE = new Deliveries(List.of(), List.of(), List.of());
    }

    private Deliveries deliveriesOf(List<Message> batch) {
        var duplicates = new ArrayList<Message>();
        var late = new ArrayList<LateMessage>();
        for (var message : batch) {
            var again = message;
            for (var redelivery : redeliveries.of(message.messageId())) {
                again = receivedOnceMore(again);
                switch (redelivery) {
                    case Duplicate() -> duplicates.add(again);
                    case Late(var after) -> late.add(new LateMessage(again, after));
                }
            }
        }
        return new Deliveries(batch, duplicates, late);
    }

    /**
     * Starts the deliveries. The poller has acquired the batch's own permit already. Each duplicate waits for its
     * permit here, so that the next poll starts after it.
     */
    private void deliver(Deliveries deliveries) throws InterruptedException {
        run("batch-" + source.queueName(), () -> {
            handleAndRelease(deliveries.batch());
            deliveries.late().forEach(this::deliverLater);
        });
        for (var duplicate : deliveries.duplicates()) {
            free.acquire();
            run("duplicate-" + source.queueName(), () -> handleAndRelease(List.of(duplicate)));
        }
    }

    private record LateMessage(Message message, Duration after) {}

    private void deliverLater(LateMessage late) {
        run("late-" + source.queueName(), () -> {
            Thread.sleep(late.after());
            free.acquire();
            handleAndRelease(List.of(late.message()));
        });
    }

    private static Message receivedOnceMore(Message message) {
        var attributes = new EnumMap<MessageSystemAttributeName, String>(message.attributes());
        attributes.computeIfPresent(
                MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT,
                (name, count) -> String.valueOf(Integer.parseInt(count) + 1));
        return message.toBuilder().attributes(attributes).build();
    }

    private List<Message> nextBatch() {
        var batch = new ArrayList<>(receive(Math.min(source.batchSize(), POLL_MESSAGES), POLL_SECONDS));
        if (source.batchingWindow().isZero() || batch.isEmpty()) {
            return batch;
        }
        var windowEnd = clock.instant().plus(source.batchingWindow());
        while (batch.size() < source.batchSize()) {
            var left = Duration.between(clock.instant(), windowEnd);
            if (!left.isPositive()) {
                break;
            }
            int seconds =
                    Math.toIntExact(Math.min(POLL_SECONDS, left.plusMillis(999).toSeconds()));
            batch.addAll(receive(Math.min(source.batchSize() - batch.size(), POLL_MESSAGES), seconds));
        }
        return batch;
    }

    private List<Message> receive(int most, int waitSeconds) {
        return sqs.receiveMessage(request -> request.queueUrl(queueUrl)
                        .maxNumberOfMessages(most)
                        .waitTimeSeconds(waitSeconds)
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                        .messageAttributeNames("All"))
                .messages();
    }

    /** Splits the messages into the fewest batches that respect Lambda's payload limit. */
    private List<List<Message>> withinPayloadLimit(List<Message> messages) {
        var parts = new ArrayList<List<Message>>();
        var part = new ArrayList<Message>();
        long size = 0;
        for (var message : messages) {
            long messageSize = events.size(message);
            if (!part.isEmpty() && size + messageSize > PAYLOAD_LIMIT) {
                parts.add(part);
                part = new ArrayList<>();
                size = 0;
            }
            part.add(message);
            size += messageSize;
        }
        parts.add(part);
        return parts;
    }

    private void handleAndRelease(List<Message> batch) throws InterruptedException {
        try {
            var hiddenUntil = clock.instant().plus(visibilityTimeout);
            for (var part : withinPayloadLimit(batch)) {
                handle(part, hiddenUntil);
            }
        } finally {
            free.release();
        }
    }

    private void handle(List<Message> batch, Instant hiddenUntil) throws InterruptedException {
        var result = invoke(batch, hiddenUntil);
        switch (result) {
            case BatchResult.Success() -> delete(batch);
            case BatchResult.PartialFailure(var failed) -> {
                delete(batch.stream()
                        .filter(message -> !failed.contains(message.messageId()))
                        .toList());
                problems.accept("%s failed %d of %d messages of %s"
                        .formatted(source.functionName(), failed.size(), batch.size(), source.queueName()));
            }
            case BatchResult.Failure(var reason) ->
                problems.accept("%s failed a batch of %d messages of %s: %s"
                        .formatted(source.functionName(), batch.size(), source.queueName(), reason));
        }
    }

    private BatchResult invoke(List<Message> batch, Instant hiddenUntil) throws InterruptedException {
        var event = events.event(batch);
        var pause = FIRST_PAUSE;
        while (true) {
            try {
                var invoked = functions.invoke(source.functionName(), event);
                if (invoked.failed()) {
                    return new BatchResult.Failure("the function failed");
                }
                return switch (source.failureReports()) {
                    case NONE -> new BatchResult.Success();
                    case BATCH_ITEMS ->
                        BatchResult.read(
                                invoked.payload(),
                                batch.stream().map(Message::messageId).collect(Collectors.toUnmodifiableSet()));
                };
            } catch (InvocationException e) {
                boolean passing = e.status() == 429 || e.status() >= 500;
                if (!passing || clock.instant().plus(pause).isAfter(hiddenUntil)) {
                    return new BatchResult.Failure(e.code() + ": " + e.getMessage());
                }
                Thread.sleep(pause);
                pause = longer(pause);
            }
        }
    }

    private void delete(List<Message> messages) {
        for (int from = 0; from < messages.size(); from += POLL_MESSAGES) {
            var some = messages.subList(from, Math.min(from + POLL_MESSAGES, messages.size()));
            try {
                var deleted = sqs.deleteMessageBatch(request -> request.queueUrl(queueUrl)
                        .entries(some.stream()
                                .map(message -> DeleteMessageBatchRequestEntry.builder()
                                        .id(message.messageId())
                                        .receiptHandle(message.receiptHandle())
                                        .build())
                                .toList()));
                // The message is deleted already, or has been received again since. AWS does not report that as a
                // failure; ElasticMQ does.
                long failed = deleted.failed().stream()
                        .filter(entry -> !entry.code().equals("ReceiptHandleIsInvalid"))
                        .count();
                if (failed > 0) {
                    problems.accept("%d messages of %s were not deleted and will come again"
                            .formatted(failed, source.queueName()));
                }
            } catch (SdkException e) {
                problems.accept("messages of %s were not deleted and will come again: %s"
                        .formatted(source.queueName(), e.getMessage()));
            }
        }
    }

    private static Duration longer(Duration pause) {
        var doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }
}
