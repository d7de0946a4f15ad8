package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.chat.contract.TaskQueueContract;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.QuotaKey;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

@ExtendWith(Emulators.Provider.class)
class SqsTaskQueueTest extends TaskQueueContract {

    private final Emulators emulators;
    private final String queueUrl;
    private final SqsTaskQueue queue;
    private final ScriptedServer scripted = new ScriptedServer(refusing());

    SqsTaskQueueTest(Emulators emulators) {
        this.emulators = emulators;
        this.queueUrl = emulators.createQueue();
        this.queue = new SqsTaskQueue(emulators.sqs(), queueUrl);
    }

    @Override
    protected TaskQueue queue() {
        return queue;
    }

    @Override
    protected List<Task> receive(int count) {
        return messages(count).stream()
                .map(Message::body)
                .map(SqsTaskQueue::parse)
                .toList();
    }

    @Override
    protected void assertNothingToReceive() {
        assertThat(emulators
                        .sqs()
                        .receiveMessage(receive -> receive.queueUrl(queueUrl).waitTimeSeconds(0))
                        .messages())
                .isEmpty();
    }

    @AfterEach
    void close() {
        scripted.close();
    }

    @Test
    void bodyIsAsciiJson() {
        send("zoë");

        assertThat(messages(1).getFirst().body())
                .isEqualTo(
                        "{\"response_id\":\"" + ResponseIds.of(1) + "\",\"group\":\"zo\\u00eb\",\"kind\":\"check\"}");
    }

    @Test
    void bodyHasTheRunningLimit() {
        var task = new Task(ResponseIds.of(1), new QuotaKey("k"), Task.Kind.ANSWER, 10);
        queue.send(List.of(new TaskQueue.DelayedTask(task, Duration.ZERO)));

        assertThat(messages(1).getFirst().body())
                .isEqualTo("{\"response_id\":\"" + ResponseIds.of(1)
                        + "\",\"group\":\"k\",\"kind\":\"ask\",\"max_running\":10}");
    }

    @Test
    void quotaKeyIsTheMessageGroup() {
        assertThat(messageGroupOf("auth0|5f7c8ec7")).isEqualTo("auth0|5f7c8ec7");
        assertThat(messageGroupOf("s".repeat(128))).isEqualTo("s".repeat(128));
    }

    @Test
    void invalidMessageGroupIsHashed() {
        assertThat(messageGroupOf("with space"))
                .matches("sha256:[0-9a-f]{64}")
                .isNotEqualTo(messageGroupOf("with spaces"));
        assertThat(messageGroupOf("s".repeat(129))).matches("sha256:[0-9a-f]{64}");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "words, a message of the queue is no JSON object",
                "[], a message of the queue is no JSON object",
                "{}, a message of the queue has no kind",
                "`{\"response_id\":1,\"group\":\"g\",\"kind\":\"ask\"}`, a message of the queue has no response_id",
                "`{\"response_id\":\"group#g\",\"group\":\"g\",\"kind\":\"ask\"}`, a message of the queue has no response_id of Rill's",
                "`{\"response_id\":\"resp_00000000000000000000000000000001\",\"group\":\" \",\"kind\":\"ask\"}`, a message of the queue has no group",
                "`{\"response_id\":\"resp_00000000000000000000000000000001\",\"group\":\"g\",\"kind\":\"ASK\"}`, a message of the queue is of no known kind"
            })
    void bodyThatIsNoTaskIsRefused(String body, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SqsTaskQueue.parse(body))
                .withMessage(complaint);
    }

    // ---- batches of which SQS refuses some entries

    @Test
    void refusedEntriesAreSentAgain() {
        scripted.next(refusing("1")).next(refusing("1")).next(refusing());

        scriptedQueue().send(tasks(2));

        assertThat(scripted.requests()).extracting(SqsTaskQueueTest::delays).containsExactly("0:0 1:1", "1:1", "1:1");
    }

    @Test
    void sendFailsIfSqsKeepsRefusingATask() {
        scripted.next(refusing("0", "1")).next(refusing("1")).next(refusing("1"));

        assertThatIllegalStateException()
                .isThrownBy(() -> scriptedQueue().send(tasks(2)))
                .withMessage("SQS refused 1 of 1 tasks");
    }

    private SqsTaskQueue scriptedQueue() {
        return new SqsTaskQueue(
                Emulators.sqs(scripted.uri("")), scripted.uri("/queue").toString());
    }

    private static List<TaskQueue.DelayedTask> tasks(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TaskQueue.DelayedTask(
                        new Task(ResponseIds.of(i), new QuotaKey("g"), Task.Kind.ANSWER), Duration.ofSeconds(i)))
                .toList();
    }

    /** Accepts all entries of a request but those with these ids. */
    private static ScriptedServer.Handler refusing(String... ids) {
        return request -> {
            var answer = Json.object();
            var successful = answer.putArray("Successful");
            var failed = answer.putArray("Failed");
            entries(request).forEach(entry -> {
                var id = entry.path("Id").asText();
                if (List.of(ids).contains(id)) {
                    failed.addObject()
                            .put("Id", id)
                            .put("Code", "InternalError")
                            .put("SenderFault", false);
                } else {
                    successful
                            .addObject()
                            .put("Id", id)
                            .put("MessageId", "m")
                            .put(
                                    "MD5OfMessageBody",
                                    md5(entry.path("MessageBody").asText()));
                }
            });
            return ScriptedServer.Answer.ok(Json.write(answer));
        };
    }

    private static String delays(ScriptedServer.Request request) {
        return entries(request)
                .map(it ->
                        it.path("Id").asText() + ":" + it.path("DelaySeconds").asText())
                .collect(Collectors.joining(" "));
    }

    private static Stream<JsonNode> entries(ScriptedServer.Request request) {
        return Json.findObject(request.body()).orElseThrow().path("Entries").valueStream();
    }

    private static String md5(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void send(String group) {
        queue.send(List.of(new TaskQueue.DelayedTask(
                new Task(ResponseIds.of(1), new QuotaKey(group), Task.Kind.WATCHDOG), Duration.ZERO)));
    }

    private String messageGroupOf(String group) {
        send(group);
        return Objects.requireNonNull(
                messages(1).getFirst().attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID));
    }

    private List<Message> messages(int count) {
        var messages = new ArrayList<Message>();
        while (messages.size() < count) {
            var received = emulators
                    .sqs()
                    .receiveMessage(receive -> receive.queueUrl(queueUrl)
                            .maxNumberOfMessages(10)
                            .waitTimeSeconds(3)
                            .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
                    .messages();
            assertThat(received).as("after %s messages", messages.size()).isNotEmpty();
            messages.addAll(received);
            received.forEach(message ->
                    emulators.sqs().deleteMessage(it -> it.queueUrl(queueUrl).receiptHandle(message.receiptHandle())));
        }
        return messages;
    }
}
