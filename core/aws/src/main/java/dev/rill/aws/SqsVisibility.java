package dev.rill.aws;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;

/**
 * Sets the visibility timeout of messages that a worker has received. Messages that have been deleted, or that another
 * worker has received since, are ignored. Errors are the SDK's, thrown after its retries. Safe for use by many threads.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html">Visibility
 *     timeout</a>
 */
public final class SqsVisibility implements Primable {

    /** SQS's limit of messages in one request. */
    private static final int BATCH = 10;

    private final SqsClient sqs;
    private final String queueUrl;

    public SqsVisibility(SqsClient sqs, String queueUrl) {
        this.sqs = sqs;
        this.queueUrl = queueUrl;
    }

    /** Names a receipt that the queue never issued: SQS ignores it, other queues may refuse the request. */
    @Override
    public void prime() {
        hide(List.of("snapshot-priming"), Duration.ZERO);
    }

    /**
     * Hides messages from other workers, from now on.
     *
     * @param receiptHandles of the deliveries that this worker received
     * @param timeout after which the queue delivers the messages again; whole seconds, zero for at once
     */
    public void hide(List<String> receiptHandles, Duration timeout) {
        for (int from = 0; from < receiptHandles.size(); from += BATCH) {
            var some = receiptHandles.subList(from, Math.min(from + BATCH, receiptHandles.size()));
            var entries = IntStream.range(0, some.size())
                    .mapToObj(i -> ChangeMessageVisibilityBatchRequestEntry.builder()
                            .id(String.valueOf(i))
                            .receiptHandle(some.get(i))
                            .visibilityTimeout(Math.toIntExact(timeout.toSeconds()))
                            .build())
                    .toList();
            sqs.changeMessageVisibilityBatch(change -> change.queueUrl(queueUrl).entries(entries));
        }
    }
}
