package dev.rill.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * Tasks as messages of a standard queue. A message's body is {@code {"response_id", "group", "kind"}} in ASCII, with
 * {@code "max_running"} unless it is 0, and {@code "unfinished_deliveries"} where there were any, and {@code "lane"},
 * {@code {"connection", "stream_id"}}, if the response has one. Its message group is the quota key, which on a standard
 * queue means fairness and not order. Errors are the SDK's, thrown after its retries. Safe for use by many threads.
 *
 * @see <a href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html">Fair
 *     queues</a>
 */
public final class SqsTaskQueue implements TaskQueue, Primable {

    /** The message group ids that SQS accepts: 1 to 128 letters, digits and punctuation marks of ASCII. */
    private static final Pattern GROUP = Pattern.compile("[!-~]{1,128}");

    /** SQS's limit of messages in one request. */
    private static final int BATCH = 10;

    /** How often entries are sent again that SQS refused while it accepted others. */
    private static final int RETRIES = 2;

    private final SqsClient sqs;
    private final String queueUrl;

    public SqsTaskQueue(SqsClient sqs, String queueUrl) {
        this.sqs = sqs;
        this.queueUrl = queueUrl;
    }

    /** Writes and parses the message of a task without sending it, because a message would start a worker. */
    @Override
    public void prime() {
        var task = new Task(ResponseId.PRIMING, QuotaKey.PRIMING, Task.Kind.ANSWER);
        entries(List.of(new DelayedTask(task, Duration.ZERO))).forEach(entry -> parse(entry.messageBody()));
    }

    @Override
    public void send(List<DelayedTask> tasks) {
        for (int from = 0; from < tasks.size(); from += BATCH) {
            var left = entries(tasks.subList(from, Math.min(from + BATCH, tasks.size())));
            for (int retries = 0; !left.isEmpty(); retries++) {
                var batch = left;
                var failed = sqs
                        .sendMessageBatch(send -> send.queueUrl(queueUrl).entries(batch))
                        .failed()
                        .stream()
                        .map(BatchResultErrorEntry::id)
                        .toList();
                if (!failed.isEmpty() && retries == RETRIES) {
                    throw new IllegalStateException("SQS refused " + failed.size() + " of " + batch.size() + " tasks");
                }
                left = batch.stream()
                        .filter(entry -> failed.contains(entry.id()))
                        .toList();
            }
        }
    }

    private static List<SendMessageBatchRequestEntry> entries(List<DelayedTask> tasks) {
        return IntStream.range(0, tasks.size())
                .mapToObj(i -> {
                    var task = tasks.get(i).task();
                    var body = Json.object()
                            .put("response_id", task.responseId().value())
                            .put("group", task.quotaKey().value())
                            .put("kind", task.kind().wire());
                    if (task.maxRunning() > 0) {
                        body.put("max_running", task.maxRunning());
                    }
                    if (task.unfinishedDeliveries() > 0) {
                        body.put("unfinished_deliveries", task.unfinishedDeliveries());
                    }
                    task.lane()
                            .ifPresent(lane -> body.putObject("lane")
                                    .put("connection", lane.connection().value())
                                    .put("stream_id", lane.stream().value()));
                    return SendMessageBatchRequestEntry.builder()
                            .id(String.valueOf(i))
                            .messageBody(ascii(Json.write(body)))
                            .delaySeconds(Math.toIntExact(tasks.get(i).delay().toSeconds()))
                            .messageGroupId(messageGroup(task.quotaKey()))
                            .build();
                })
                .toList();
    }

    /**
     * The task in the body of a message.
     *
     * @throws IllegalArgumentException if {@link #send} did not write the body; the exception's message names what is
     *     missing and repeats nothing of the body
     */
    public static Task parse(String body) {
        var json = Json.findObject(body)
                .orElseThrow(() -> new IllegalArgumentException("a message of the queue is no JSON object"));
        var kind = require(json, "kind");
        var id = ResponseId.find(require(json, "response_id"))
                .orElseThrow(() -> new IllegalArgumentException("a message of the queue has no response_id of Rill's"));
        return new Task(
                id,
                new QuotaKey(require(json, "group")),
                Task.Kind.require(kind),
                json.path("max_running").asLong(0),
                json.path("unfinished_deliveries").asInt(0),
                json.path("lane") instanceof ObjectNode lane ? Optional.of(lane(lane)) : Optional.empty());
    }

    private static LaneId lane(ObjectNode json) {
        return new LaneId(new ConnectionId(require(json, "connection")), new StreamId(requireText(json, "stream_id")));
    }

    private static String require(ObjectNode json, String field) {
        var value = requireText(json, field);
        if (value.isBlank()) {
            throw new IllegalArgumentException("a message of the queue has no " + field);
        }
        return value;
    }

    private static String requireText(ObjectNode json, String field) {
        var value = json.path(field).textValue();
        if (value == null) {
            throw new IllegalArgumentException("a message of the queue has no " + field);
        }
        return value;
    }

    private static String messageGroup(QuotaKey quotaKey) {
        if (GROUP.matcher(quotaKey.value()).matches()) {
            return quotaKey.value();
        }
        return "sha256:" + Sha256.hex(quotaKey.value());
    }

    /** Escapes all characters beyond ASCII, because SQS refuses some of them. */
    private static String ascii(String json) {
        var ascii = new StringBuilder(json.length());
        json.chars().forEach(c -> {
            if (c < 0x7f) {
                ascii.append((char) c);
            } else {
                ascii.append("\\u").append(HexFormat.of().toHexDigits((char) c));
            }
        });
        return ascii.toString();
    }
}
