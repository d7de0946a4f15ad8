package dev.rill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse.BatchItemFailure;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.rill.chat.Answerer;
import dev.rill.chat.Intake;
import dev.rill.chat.Submission;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import dev.rill.testing.lambda.TestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BatchProcessorTest {

    private static final String QUEUE = "arn:aws:sqs:us-east-1:123456789012:prompts";
    private static final String DEAD_LETTERS = "arn:aws:sqs:us-east-1:123456789012:dead";
    private static final VisibilityHeartbeat NO_HEARTBEAT = new VisibilityHeartbeat((_, _) -> {}, Time.system());
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");

    private final ManualTime time = new ManualTime();
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final AtomicInteger ids = new AtomicInteger();
    private final List<String> hidden = new CopyOnWriteArrayList<>();
    private final List<String> parked = new CopyOnWriteArrayList<>();
    private final AnswerSettings settings = new AnswerSettings(
            Duration.ZERO, Retries.NONE, Duration.ofMinutes(1), 3, HistorySettings.DEFAULT, LogIntervals.DEFAULT);
    private final Intake intake = TestChats.intake(
            log, Quota.UNLIMITED, () -> ResponseIds.of(ids.incrementAndGet()), time, settings, _ -> {});
    private final Answerer answerer = TestChats.answerer(log, Quota.UNLIMITED, time, settings);

    @Test
    void tasksOfABatchAreAnsweredConcurrently() throws Exception {
        var together = new CyclicBarrier(3);
        var scripted = ScriptedModel.playing(ScriptedModel.answer("Hello"));
        Model model = request -> {
            try {
                together.await(10, TimeUnit.SECONDS);
            } catch (BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException(e);
            }
            return scripted.open(request);
        };
        assertThat(handle(model, submit(), submit(), submit())).isEmpty();
        for (int i = 1; i <= 3; i++) {
            assertThat(log.find(ResponseIds.of(i)).orElseThrow().status()).isEqualTo(Status.COMPLETED);
        }
    }

    @Test
    void unreadableMessageFailsAloneAndHeldTaskIsPutBack() throws Exception {
        var first = submit();
        var held = submit();
        log.claim(
                ResponseIds.of(2),
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(60));
        var last = submit();
        assertThat(handle(ScriptedModel.playing(ScriptedModel.answer("Hello")), first, "no task", held, last))
                .containsExactly("m1");
        assertThat(log.find(ResponseIds.of(3)).orElseThrow().status()).isEqualTo(Status.COMPLETED);
        var back = queue.waiting().getLast();
        assertThat(back.task().responseId()).isEqualTo(ResponseIds.of(2));
        assertThat(back.delay()).isEqualTo(Answerer.PUT_BACK_DELAY);
    }

    @Test
    void messagesAreHiddenWhileTheyAreAnswered() throws Exception {
        var again = new CountDownLatch(2);
        var model = ScriptedModel.playing(
                ScriptedModel.accept(ScriptedModel.pause(again::await), ScriptedModel.completed("Hello")));
        var heartbeat = new VisibilityHeartbeat(
                (handles, timeout) -> {
                    assertThat(timeout).isEqualTo(VisibilityHeartbeat.VISIBILITY_TIMEOUT);
                    hidden.addAll(handles);
                    again.countDown();
                },
                time.sleepingBy(duration -> {
                    if (again.getCount() == 0) {
                        Thread.sleep(duration);
                    }
                }));
        assertThat(handle(heartbeat, model, QUEUE, submit())).isEmpty();
        assertThat(hidden).hasSizeGreaterThanOrEqualTo(2).containsOnly("r0");
    }

    @Test
    void deadLettersEndTheirResponsesAndAreParked() throws Exception {
        var prompt = submit();
        var model = ScriptedModel.playing(ScriptedModel.answer("never"));
        assertThat(handle(NO_HEARTBEAT, model, DEAD_LETTERS, prompt, "no task")).isEmpty();
        assertThat(sockets.received(SOCKET).getLast())
                .contains("\"type\":\"response.failed\"")
                .contains("gave_up");
        assertThat(parked).containsExactlyInAnyOrder(prompt, "no task");
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void deadLetterOfARunningResponseIsPutBack() throws Exception {
        var held = submit();
        log.claim(
                ResponseIds.of(1),
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(20));
        assertThat(handle(NO_HEARTBEAT, ScriptedModel.playing(ScriptedModel.answer("never")), DEAD_LETTERS, held))
                .isEmpty();
        assertThat(queue.waiting().getLast().delay()).isEqualTo(Answerer.PUT_BACK_DELAY);
        assertThat(parked).isEmpty();
    }

    @Test
    void deadLetterOfAnEndedResponseIsDropped() throws Exception {
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("Hello")), sockets, queue);
        var messages = List.of(new BatchMessage("m0", submit(), "r0", 1));
        assertThat(processor.answer(messages, time.instant().plusSeconds(60))).isEmpty();
        assertThat(processor.giveUp(messages, parked::add)).isEmpty();
        assertThat(parked).isEmpty();
    }

    @Test
    void taskOfAnEndedResponseSendsItsTerminalEventAgain() throws Exception {
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("Hello")), sockets, queue);
        var body = submit();
        assertThat(processor.answer(
                        List.of(new BatchMessage("m0", body, "r0", 1)),
                        time.instant().plusSeconds(60)))
                .isEmpty();
        var end = sockets.received(SOCKET).getLast();
        assertThat(processor.answer(
                        List.of(new BatchMessage("m0", body, "r1", 2)),
                        time.instant().plusSeconds(60)))
                .isEmpty();
        assertThat(sockets.received(SOCKET).stream().filter(end::equals)).hasSize(2);
    }

    @Test
    void deadLetterThatCannotBeParkedFailsAlone() throws Exception {
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("never")), sockets, queue);
        var first = new BatchMessage("m0", submit(), "r0", 1);
        var second = new BatchMessage("m1", submit(), "r1", 1);
        assertThat(processor.giveUp(List.of(first, second), body -> {
                    if (body.equals(first.body())) {
                        throw new IllegalStateException("no queue");
                    }
                    parked.add(body);
                }))
                .extracting(FailedMessage::message)
                .containsExactly(first);
        assertThat(parked).containsExactly(second.body());
    }

    @Test
    void retryDelayGrowsWithTheDeliveries() throws Exception {
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("never")), sockets, queue);
        var messages = List.of(
                new BatchMessage("m0", "no task", "r0", 1),
                new BatchMessage("m1", "no task", "r1", 2),
                new BatchMessage("m2", "no task", "r2", 3));
        assertThat(processor.answer(messages, time.instant().plusSeconds(60)))
                .extracting(FailedMessage::retryDelay)
                .containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(45));
    }

    @Test
    void putBackKeepsThatADeliveryWasUnfinished() throws Exception {
        var held = submit();
        log.claim(
                ResponseIds.of(1),
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(60));
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("never")), sockets, queue);
        assertThat(processor.answer(
                        List.of(new BatchMessage("m0", held, "r0", 2)),
                        time.instant().plusSeconds(60)))
                .isEmpty();
        assertThat(queue.waiting())
                .extracting(waiting -> waiting.task().unfinishedDeliveries())
                .containsOnlyOnce(1);
    }

    @Test
    void taskThatCannotBePutBackFails() throws Exception {
        var held = submit();
        log.claim(
                ResponseIds.of(1),
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(60));
        var processor =
                new BatchProcessor(answerer, ScriptedModel.playing(ScriptedModel.answer("never")), sockets, _ -> {
                    throw new IllegalStateException("no queue");
                });
        assertThat(processor.answer(
                        List.of(new BatchMessage("m0", held, "r0", 1)),
                        time.instant().plusSeconds(60)))
                .hasSize(1);
    }

    @Test
    void failureOfTheModelEndsTheTask() throws Exception {
        assertThat(handle(ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED)), submit()))
                .isEmpty();
        assertThat(sockets.received(SOCKET).getLast())
                .contains("\"type\":\"response.failed\"")
                .contains("invalid_prompt");
    }

    private String submit() throws Exception {
        var submission = new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                new QuotaKey("g"),
                Optional.empty());
        var id = intake.submit(submission, sockets, queue);
        return "{\"response_id\":\"" + id + "\",\"group\":\"g\",\"kind\":\"ask\"}";
    }

    private List<String> handle(Model model, String... bodies) {
        return handle(NO_HEARTBEAT, model, QUEUE, bodies);
    }

    /** The ids of the messages that failed, of a batch with these bodies and the ids m0, m1 and so on. */
    private List<String> handle(VisibilityHeartbeat heartbeat, Model model, String queueArn, String... bodies) {
        var event = new SQSEvent();
        var records = new ArrayList<SQSEvent.SQSMessage>();
        for (var body : bodies) {
            var message = new SQSEvent.SQSMessage();
            message.setMessageId("m" + records.size());
            message.setReceiptHandle("r" + records.size());
            message.setEventSourceArn(queueArn);
            message.setBody(body);
            records.add(message);
        }
        event.setRecords(records);
        var processor = new BatchProcessor(answerer, model, sockets, queue);
        var handler = new WorkerHandler(
                processor, heartbeat, new DeadLetters(DEAD_LETTERS, processor, parked::add), time, null);
        return handler
                .handleRequest(event, new TestContext("worker-fn", "request-1", Duration.ofSeconds(60)))
                .getBatchItemFailures()
                .stream()
                .map(BatchItemFailure::getItemIdentifier)
                .toList();
    }
}
