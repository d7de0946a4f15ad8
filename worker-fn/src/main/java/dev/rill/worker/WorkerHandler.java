package dev.rill.worker;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse.BatchItemFailure;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.rill.aws.Aws;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.Priming;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.lambda.powertools.logging.PowertoolsLogging;

/**
 * The handler of the task queue and of its dead-letter queue. Reports the messages of a batch that failed, which the
 * queue delivers again; the poller deletes all other messages.
 */
public final class WorkerHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {

    /** Time left before Lambda kills the process: enough to return the failed messages. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final BatchProcessor processor;
    private final VisibilityHeartbeat heartbeat;
    private final DeadLetters deadLetters;
    private final InstantSource clock;

    @SuppressWarnings("unused") // kept alive here, because CRaC holds its resources by weak references
    private final @Nullable Priming priming;

    public WorkerHandler() {
        this(new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment()));
    }

    private WorkerHandler(Wiring wiring) {
        this(wiring, wiring.processor());
    }

    private WorkerHandler(Wiring wiring, BatchProcessor processor) {
        this(
                processor,
                wiring.heartbeat(),
                wiring.deadLetters(processor),
                Clock.systemUTC(),
                Priming.beforeCheckpoint(wiring::prime));
    }

    WorkerHandler(
            BatchProcessor processor,
            VisibilityHeartbeat heartbeat,
            DeadLetters deadLetters,
            InstantSource clock,
            @Nullable Priming priming) {
        this.processor = processor;
        this.heartbeat = heartbeat;
        this.deadLetters = deadLetters;
        this.clock = clock;
        this.priming = priming;
    }

    @Override
    public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
        return PowertoolsLogging.withLogging(context, () -> {
            var deadline = clock.instant()
                    .plusMillis(context.getRemainingTimeInMillis())
                    .minus(MARGIN);
            var messages =
                    event.getRecords().stream().map(WorkerHandler::message).toList();
            try {
                return new SQSBatchResponse(failed(event, messages, deadline).stream()
                        .map(failed -> new BatchItemFailure(failed.message().id()))
                        .toList());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a batch was answered", e);
            }
        });
    }

    /** All messages of a batch come from one queue. */
    private List<FailedMessage> failed(SQSEvent event, List<BatchMessage> messages, Instant deadline)
            throws InterruptedException {
        if (event.getRecords().stream()
                .anyMatch(message -> deadLetters.queueArn().equals(message.getEventSourceArn()))) {
            return deadLetters.handle(messages);
        }
        return heartbeat.during(() -> processor.answer(messages, deadline), messages);
    }

    private static BatchMessage message(SQSEvent.SQSMessage message) {
        var attributes = message.getAttributes();
        var deliveries = attributes == null ? null : attributes.get("ApproximateReceiveCount");
        return new BatchMessage(
                message.getMessageId(),
                message.getBody(),
                message.getReceiptHandle(),
                deliveries == null ? 1 : Integer.parseInt(deliveries));
    }
}
