package dev.rill.tests.scenario;

import dev.rill.worker.BatchMessage;
import dev.rill.worker.BatchProcessor;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * SQS and its event source mapping in memory. Each message is one batch for the worker, when its delay is over; one
 * that the worker reports as failed is delivered again. Messages that are delayed when the queue is closed are dropped.
 */
final class MemoryQueue implements SqsClient {

    private static final Duration WORKER_TIMEOUT = Duration.ofMinutes(2);

    private final Clock clock;
    private final CompletableFuture<BatchProcessor> worker = new CompletableFuture<>();
    private final ExecutorService deliveries = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

    MemoryQueue(Clock clock) {
        this.clock = clock;
    }

    /** Starts the deliveries; called once. */
    void deliverTo(BatchProcessor processor) {
        worker.complete(processor);
    }

    @Override
    public SendMessageBatchResponse sendMessageBatch(SendMessageBatchRequest request) {
        for (var entry : request.entries()) {
            var id = UUID.randomUUID().toString();
            deliver(new BatchMessage(id, entry.messageBody(), id, 1), Duration.ofSeconds(entry.delaySeconds()));
        }
        return SendMessageBatchResponse.builder().build();
    }

    private void deliver(BatchMessage message, Duration delay) {
        if (delay.isPositive()) {
            var _ = timer.schedule(() -> deliver(message, Duration.ZERO), delay.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            deliveries.execute(() -> work(message));
        }
    }

    private void work(BatchMessage message) {
        try {
            var deadline = clock.instant().plus(WORKER_TIMEOUT);
            for (var failed : worker.join().answer(List.of(message), deadline)) {
                var again = new BatchMessage(
                        message.id(), message.body(), message.receiptHandle(), message.deliveries() + 1);
                deliver(again, failed.retryDelay());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String serviceName() {
        return "sqs";
    }

    /** Waits for the answers that are under way. */
    @Override
    public void close() {
        timer.shutdownNow();
        deliveries.close();
    }
}
