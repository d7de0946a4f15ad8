package dev.rill.worker;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse.BatchItemFailure;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.rill.aws.Aws;
import dev.rill.aws.Environment;
import dev.rill.aws.Priming;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import software.amazon.lambda.powertools.logging.PowertoolsLogging;

/** A batch of the prompt queue; a prompt that failed is reported alone and comes again, the others are done with. */
public final class WorkerHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {

  /** Room to answer Lambda before it kills the process. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  private final Batch batch;
  private final InstantSource clock;

  @SuppressWarnings("unused") // held, because the runtime only has a weak reference
  private final @Nullable Priming priming;

  public WorkerHandler() {
    this(new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment()));
  }

  private WorkerHandler(Wiring wiring) {
    this(wiring.batch(), Clock.systemUTC(), Priming.beforeCheckpoint(wiring::rehearse));
  }

  WorkerHandler(Batch batch, InstantSource clock, @Nullable Priming priming) {
    this.batch = batch;
    this.clock = clock;
    this.priming = priming;
  }

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    return PowertoolsLogging.withLogging(context, () -> {
      var until = clock.instant().plusMillis(context.getRemainingTimeInMillis()).minus(MARGIN);
      var messages = event.getRecords().stream()
          .map(message -> new Batch.Message(message.getMessageId(), message.getBody()))
          .toList();
      try {
        return new SQSBatchResponse(batch.answer(messages, until).stream().map(BatchItemFailure::new).toList());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    });
  }
}
