package dev.rill.local.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.embedded.EmbeddedProcess;
import dev.rill.local.services.LocalClients;
import dev.rill.local.sqs.Redeliveries.Redelivery.Duplicate;
import dev.rill.local.sqs.Redeliveries.Redelivery.Late;
import dev.rill.local.sqs.ScriptedBatchFunctions.Invocation;
import dev.rill.local.template.StackPlan.FailureReports;
import dev.rill.local.template.StackPlan.QueueSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The mapping on ElasticMQ, tested with AWS's own client. */
class EventSourceMappingTest {
    private static final String REGION = "eu-central-1";
    /** Longer than any test, so that a message becomes visible again only if a test makes it visible. */
    private static final Duration VISIBILITY = Duration.ofMinutes(5);

    private static final String FIRST_FAILED = "{\"batchItemFailures\":[{\"itemIdentifier\":\"%s\"}]}";

    @TempDir
    static Path work;

    private static EmbeddedProcess elasticMq;
    private static SqsClient sqs;

    private final ScriptedBatchFunctions functions = new ScriptedBatchFunctions();
    private final BlockingQueue<String> problems = new LinkedBlockingQueue<>();
    private final List<EventSourceMapping> mappings = new ArrayList<>();
    private String queueName;
    private String queueUrl;
    private String deadLetterUrl;

    @BeforeAll
    static void startSqs() throws Exception {
        elasticMq = EmbeddedProcess.elasticMq(
                EmbeddedProcess.Launch.withThisJava(Path.of("embedded"), work), 0, REGION, "000000000000");
        sqs = new LocalClients(REGION).sqs(elasticMq.endpoint());
    }

    @AfterAll
    static void stopSqs() {
        sqs.close();
        elasticMq.close();
    }

    @BeforeEach
    void createQueue(TestInfo test) {
        queueName = test.getTestMethod().orElseThrow().getName();
        deadLetterUrl = sqs.createQueue(request -> request.queueName(queueName + "-dead"))
                .queueUrl();
        queueUrl = sqs.createQueue(request -> request.queueName(queueName)
                        .attributes(Map.of(
                                QueueAttributeName.VISIBILITY_TIMEOUT,
                                String.valueOf(VISIBILITY.toSeconds()),
                                QueueAttributeName.REDRIVE_POLICY,
                                "{\"deadLetterTargetArn\":\"%s-dead\",\"maxReceiveCount\":2}".formatted(queueArn()))))
                .queueUrl();
    }

    @AfterEach
    void stopMappings() {
        mappings.forEach(EventSourceMapping::close);
    }

    @Test
    void invokesTheFunctionWithLambdasEvent() throws Exception {
        sqs.sendMessage(request -> request.queueUrl(queueUrl)
                .messageBody("Grüße")
                .messageGroupId("subject")
                .messageAttributes(Map.of(
                        "word",
                        MessageAttributeValue.builder()
                                .dataType("String")
                                .stringValue("v")
                                .build(),
                        "bytes",
                        MessageAttributeValue.builder()
                                .dataType("Binary")
                                .binaryValue(SdkBytes.fromUtf8String("b"))
                                .build())));
        map(FailureReports.NONE, 10, Duration.ZERO, 1);

        var invocation = functions.next();

        var message = invocation.event().path("Records").path(0);
        assertThat(invocation.functionName()).isEqualTo("Worker");
        assertThat(invocation.event().path("Records")).hasSize(1);
        assertThat(message.path("messageId").asText()).isNotEmpty();
        assertThat(message.path("receiptHandle").asText()).isNotEmpty();
        assertThat(message.path("body").asText()).isEqualTo("Grüße");
        assertThat(message.path("md5OfBody").asText()).hasSize(32);
        assertThat(message.path("eventSource").asText()).isEqualTo("aws:sqs");
        assertThat(message.path("eventSourceARN").asText()).isEqualTo(queueArn());
        assertThat(message.path("awsRegion").asText()).isEqualTo(REGION);
        var attributes = message.path("attributes");
        assertThat(attributes.path("ApproximateReceiveCount").asText()).isEqualTo("1");
        assertThat(attributes.path("SentTimestamp").asText()).matches("\\d{13}");
        assertThat(attributes.path("ApproximateFirstReceiveTimestamp").asText()).matches("\\d{13}");
        assertThat(attributes.path("MessageGroupId").asText()).isEqualTo("subject");
        var word = message.path("messageAttributes").path("word");
        assertThat(word.path("stringValue").asText()).isEqualTo("v");
        assertThat(word.path("dataType").asText()).isEqualTo("String");
        assertThat(message.path("messageAttributes")
                        .path("bytes")
                        .path("binaryValue")
                        .asText())
                .isEqualTo("Yg==");
        invocation.answer("null");
    }

    @Test
    void deletesProcessedMessages() throws Exception {
        send("a", "b");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        functions.next().answer("{\"batchItemFailures\":[]}");

        // A message that was not deleted would be received first, because it was sent first.
        awaitEmptyQueue();
        assertThat(problems).isEmpty();
    }

    @Test
    void keepsOnlyTheFailedMessagesOfABatch() throws Exception {
        send("a", "b", "c");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);
        var first = functions.next();
        assertThat(first.bodies().split(",")).containsExactlyInAnyOrder("a", "b", "c");
        var failed = first.event().path("Records").path(1).path("body").asText();
        first.answer(FIRST_FAILED.formatted(first.messageId(1)));
        show(first, 1);

        var second = functions.next();

        assertThat(second.bodies()).isEqualTo(failed);
        assertThat(second.event()
                        .at("/Records/0/attributes/ApproximateReceiveCount")
                        .asText())
                .isEqualTo("2");
        assertThat(nextProblem()).contains("Worker failed 1 of 3 messages of " + queueName);
        second.answer("null");
    }

    @Test
    void keepsTheWholeBatchIfTheFunctionFailed() throws Exception {
        send("a", "b");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        var first = functions.next();
        first.fail();
        show(first, 0, 1);

        assertThat(answerTwo()).containsExactlyInAnyOrder("a", "b");
        assertThat(nextProblem()).contains("failed a batch of 2 messages");
    }

    @Test
    void keepsTheWholeBatchIfAnIdIsUnknown() throws Exception {
        send("a", "b");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        var first = functions.next();
        first.answer(FIRST_FAILED.formatted("stranger"));
        show(first, 0, 1);

        assertThat(answerTwo()).containsExactlyInAnyOrder("a", "b");
    }

    /** The bodies of two messages, in one batch or in two. */
    private List<String> answerTwo() throws InterruptedException {
        var bodies = new ArrayList<String>();
        while (bodies.size() < 2) {
            var invocation = functions.next();
            bodies.addAll(List.of(invocation.bodies().split(",", -1)));
            invocation.answer("null");
        }
        return bodies;
    }

    @Test
    void ignoresTheResponseWithoutItemReports() throws Exception {
        send("a");
        map(FailureReports.NONE, 10, Duration.ZERO, 1);
        var invocation = functions.next();

        invocation.answer(FIRST_FAILED.formatted(invocation.messageId(0)));

        awaitEmptyQueue();
    }

    @Test
    void movesRepeatedFailuresToTheDeadLetterQueue() throws Exception {
        send("a");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        for (int receive = 0; receive < 2; receive++) {
            var invocation = functions.next();
            invocation.fail();
            show(invocation, 0);
        }

        assertThat(nextMessage(deadLetterUrl)).isEqualTo("a");
    }

    /** ElasticMQ moves a message without waking waiting polls, so each poll here is short. */
    private static String nextMessage(String url) {
        for (int attempt = 0; attempt < 30; attempt++) {
            var messages = sqs.receiveMessage(request -> request.queueUrl(url).waitTimeSeconds(1))
                    .messages();
            if (!messages.isEmpty()) {
                return messages.getFirst().body();
            }
        }
        throw new AssertionError("nothing came to " + url);
    }

    @Test
    void retriesAThrottledBatchWithoutReceivingIt() throws Exception {
        send("a");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        functions.next().refuse("TooManyRequestsException", 429);
        var again = functions.next();

        assertThat(again.event()
                        .at("/Records/0/attributes/ApproximateReceiveCount")
                        .asText())
                .isEqualTo("1");
        again.answer("null");
        awaitEmptyQueue();
        assertThat(problems).isEmpty();
    }

    @Test
    void keepsTheBatchIfTheFunctionDoesNotExist() throws Exception {
        send("a");
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        var first = functions.next();
        first.refuse("ResourceNotFoundException", 404);
        show(first, 0);

        assertThat(nextProblem()).contains("ResourceNotFoundException");
        assertThat(functions
                        .next()
                        .event()
                        .at("/Records/0/attributes/ApproximateReceiveCount")
                        .asText())
                .isEqualTo("2");
    }

    @Test
    void runsTheMaximumOfConcurrentBatches() throws Exception {
        send("a", "b", "c", "d", "e");
        map(FailureReports.BATCH_ITEMS, 1, Duration.ZERO, 3);

        var first = functions.next();
        var second = functions.next();
        var third = functions.next();
        assertThat(List.of(first.bodies(), second.bodies(), third.bodies())).doesNotHaveDuplicates();
        // A fourth batch would run by now: the poller needs a few milliseconds for a waiting message.
        var left = sqs.receiveMessage(request -> request.queueUrl(queueUrl).maxNumberOfMessages(10))
                .messages();
        assertThat(left).hasSize(2);
        left.forEach(message -> show(message.receiptHandle()));
        assertThat(functions.waiting()).isZero();
        first.answer("null");

        assertThat(functions.next().bodies()).isNotEqualTo(first.bodies());
    }

    @Test
    void warnsOfMessagesThatWaitForConcurrency() throws Exception {
        send("a", "b");
        map(FailureReports.BATCH_ITEMS, 1, Duration.ZERO, 1);
        var first = functions.next();

        assertThat(nextProblem())
                .startsWith("messages of " + queueName + " wait: Worker processes 1 batches, the maximum");

        first.answer("null");
        functions.next().answer("null");
        awaitEmptyQueue();
        assertThat(problems).isEmpty();
    }

    @Test
    void limitsTheSizeOfBatches() throws Exception {
        send("a", "b", "c", "d", "e");
        map(FailureReports.BATCH_ITEMS, 2, Duration.ZERO, 5);

        var sizes = List.of(functions.next(), functions.next(), functions.next()).stream()
                .map(invocation -> invocation.event().path("Records").size())
                .toList();

        assertThat(sizes).allMatch(size -> size <= 2);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isBetween(4, 5);
    }

    @Test
    void fillsABatchDuringTheWindow() throws Exception {
        map(FailureReports.BATCH_ITEMS, 12, Duration.ofMinutes(1), 1);
        for (int i = 0; i < 12; i++) {
            send("m" + i);
        }

        // More messages than one poll returns, so only the window can collect them. The window ends once the batch is
        // full.
        assertThat(functions.next().event().path("Records")).hasSize(12);
    }

    @Test
    void splitsABatchAboveThePayloadLimit() throws Exception {
        var large = "x".repeat(1000 * 1000);
        for (int i = 0; i < 8; i++) {
            send(large);
        }
        map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 1);

        int first = answerNext();
        int second = answerNext();

        assertThat(first).isLessThan(7);
        assertThat(first + second).isEqualTo(8);
    }

    private int answerNext() throws InterruptedException {
        var invocation = functions.next();
        invocation.answer("null");
        return invocation.event().path("Records").size();
    }

    @Test
    void stopsPollingWhenClosed() throws Exception {
        // The server may still return a message to the cancelled poll; the message is hidden for this long then.
        sqs.setQueueAttributes(
                request -> request.queueUrl(queueUrl).attributes(Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "1")));
        var mapping = map(FailureReports.BATCH_ITEMS, 10, Duration.ZERO, 2);
        send("a");
        functions.next().answer("null");
        awaitEmptyQueue();

        mapping.close();
        send("b");

        assertThat(nextMessage(queueUrl)).isEqualTo("b");
        assertThat(functions.waiting()).isZero();
    }

    @Test
    void continuesPollingAfterAnyFailure() throws Exception {
        var once = new AtomicBoolean(true);
        send("a");
        map(10, 1, messageId -> {
            if (once.getAndSet(false)) {
                throw new IllegalStateException("scripted");
            }
            return List.of();
        });
        assertThat(nextProblem()).contains("polling " + queueName + " failed: scripted");

        send("b");

        assertThat(functions.next().bodies()).isEqualTo("b");
    }

    @Test
    void deliversADuplicateBesideTheFirst() throws Exception {
        send("a", "b");
        map(10, 3, messageId -> List.of(new Duplicate()));

        // No invocation is answered before all have arrived.
        var deliveries = List.of(functions.next(), functions.next(), functions.next());

        var batch = deliveries.stream()
                .filter(delivery -> delivery.size() == 2)
                .findFirst()
                .orElseThrow();
        var duplicates =
                deliveries.stream().filter(delivery -> delivery.size() == 1).toList();
        assertThat(duplicates).extracting(Invocation::bodies).containsExactlyInAnyOrder("a", "b");
        for (var duplicate : duplicates) {
            var first = batch.event()
                    .path("Records")
                    .valueStream()
                    .filter(entry -> entry.path("messageId").asText().equals(duplicate.messageId(0)))
                    .findFirst()
                    .orElseThrow();
            var second = duplicate.event().path("Records").path(0);
            assertThat(second.path("receiptHandle")).isEqualTo(first.path("receiptHandle"));
            assertThat(second.path("body")).isEqualTo(first.path("body"));
            assertThat(first.at("/attributes/ApproximateReceiveCount").asText()).isEqualTo("1");
            assertThat(second.at("/attributes/ApproximateReceiveCount").asText())
                    .isEqualTo("2");
            assertThat(second.at("/attributes/SentTimestamp")).isEqualTo(first.at("/attributes/SentTimestamp"));
        }
        deliveries.forEach(delivery -> delivery.answer("null"));
        awaitEmptyQueue();
        assertThat(problems).isEmpty();
    }

    @Test
    void deliversADuplicateWithinTheConcurrency() throws Exception {
        send("a", "b");
        map(1, 1, messageId -> List.of(new Duplicate()));

        for (int i = 0; i < 2; i++) {
            var first = functions.next();
            // No permit is free: neither the duplicate nor the other message is delivered.
            assertThat(functions.waiting()).isZero();
            first.answer("null");
            var duplicate = functions.next();
            assertThat(functions.waiting()).isZero();
            assertThat(duplicate.messageId(0)).isEqualTo(first.messageId(0));
            duplicate.answer("null");
        }
        awaitEmptyQueue();
    }

    @Test
    void theResultOfADuplicateIsHandledAsAnyOther() throws Exception {
        var twice = new AtomicBoolean(true);
        send("a");
        map(10, 2, messageId -> twice.getAndSet(false) ? List.of(new Duplicate()) : List.of());
        var first = functions.next();
        var second = functions.next();

        second.answer("null");

        awaitEmptyQueue();
        first.answer(FIRST_FAILED.formatted(first.messageId(0)));
        assertThat(nextProblem()).contains("failed 1 of 1 messages");
    }

    @Test
    void aFailedDuplicateKeepsTheMessage() throws Exception {
        var twice = new AtomicBoolean(true);
        send("a");
        map(10, 2, messageId -> twice.getAndSet(false) ? List.of(new Duplicate()) : List.of());
        var first = functions.next();
        var second = functions.next();

        second.fail();
        first.fail();
        show(first, 0);

        var again = functions.next();
        assertThat(again.event()
                        .at("/Records/0/attributes/ApproximateReceiveCount")
                        .asText())
                .isEqualTo("2");
        again.answer("null");
        awaitEmptyQueue();
    }

    @Test
    void deliversADeletedMessageLate() throws Exception {
        send("a");
        map(10, 2, messageId -> List.of(new Late(Duration.ofMillis(200))));
        var first = functions.next();
        assertThat(functions.waiting()).isZero();
        first.answer("null");
        awaitEmptyQueue();

        var late = functions.next();

        assertThat(late.messageId(0)).isEqualTo(first.messageId(0));
        assertThat(late.event().at("/Records/0/receiptHandle"))
                .isEqualTo(first.event().at("/Records/0/receiptHandle"));
        assertThat(late.event()
                        .at("/Records/0/attributes/ApproximateReceiveCount")
                        .asText())
                .isEqualTo("2");
        late.answer("null");
        assertThat(problems).isEmpty();
    }

    @Test
    void aMessageMayBeDuplicatedAndLate() throws Exception {
        send("a");
        map(10, 2, messageId -> List.of(new Duplicate(), new Late(Duration.ZERO)));
        var counts = new ArrayList<String>();

        for (int i = 0; i < 3; i++) {
            var delivery = functions.next();
            counts.add(delivery.event()
                    .at("/Records/0/attributes/ApproximateReceiveCount")
                    .asText());
            delivery.answer("null");
        }

        assertThat(counts).containsExactlyInAnyOrder("1", "2", "3");
    }

    private EventSourceMapping map(int batchSize, int concurrency, Redeliveries redeliveries) {
        return map(FailureReports.BATCH_ITEMS, batchSize, Duration.ZERO, concurrency, redeliveries);
    }

    private EventSourceMapping map(FailureReports reports, int batchSize, Duration window, int concurrency) {
        return map(reports, batchSize, window, concurrency, Redeliveries.NONE);
    }

    private EventSourceMapping map(
            FailureReports reports, int batchSize, Duration window, int concurrency, Redeliveries redeliveries) {
        var source = new QueueSource(queueName, queueArn(), "Worker", batchSize, window, reports, OptionalInt.empty());
        var queue = new EventSourceMapping.Queue(queueUrl, REGION, VISIBILITY);
        var mapping = EventSourceMapping.start(
                source,
                queue,
                concurrency,
                sqs,
                functions,
                new EventSourceMapping.Context(InstantSource.system(), redeliveries, problems::add));
        mappings.add(mapping);
        return mapping;
    }

    /** Makes messages of an event visible again, as the end of their visibility timeout would. */
    private void show(Invocation invocation, int... records) {
        for (int index : records) {
            show(invocation
                    .event()
                    .path("Records")
                    .path(index)
                    .path("receiptHandle")
                    .asText());
        }
    }

    private void show(String receiptHandle) {
        sqs.changeMessageVisibility(request ->
                request.queueUrl(queueUrl).receiptHandle(receiptHandle).visibilityTimeout(0));
    }

    private String nextProblem() throws InterruptedException {
        return String.valueOf(problems.poll(30, TimeUnit.SECONDS));
    }

    private String queueArn() {
        return "arn:aws:sqs:" + REGION + ":000000000000:" + queueName;
    }

    private void send(String... bodies) {
        for (var body : bodies) {
            sqs.sendMessage(request -> request.queueUrl(queueUrl).messageBody(body));
        }
    }

    /** Returns once the queue holds no message, visible or not; messages are deleted shortly after the response. */
    private void awaitEmptyQueue() {
        for (int attempt = 0; attempt < 500; attempt++) {
            var counts = sqs.getQueueAttributes(request -> request.queueUrl(queueUrl)
                            .attributeNames(
                                    QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                    QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
                    .attributes()
                    .values();
            if (counts.stream().allMatch("0"::equals)) {
                return;
            }
        }
        throw new AssertionError("messages are left in the queue");
    }
}
