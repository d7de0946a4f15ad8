package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.Lane;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests of lanes: requests with one stream id on one socket are answered one after another. */
@Timeout(20)
class LaneTest {

    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final QuotaKey QUOTA_KEY = new QuotaKey("g");
    private static final LaneId LANE = new LaneId(SOCKET, new StreamId("a"));

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final AtomicInteger ids = new AtomicInteger();
    private final Chat chat =
            TestChats.chat(log, quota, () -> ResponseIds.of(ids.incrementAndGet()), time, TestChats.SETTINGS, _ -> {});

    @Test
    void secondRequestWaitsForTheEndOfTheFirst() throws Exception {
        var first = submit("a");
        var second = submit("a");

        assertThat(types(second)).containsExactly("response.created", "response.queued");
        assertThat(answers()).containsExactly(first);
        assertThat(answer()).isEqualTo(first);
        assertThat(answers()).containsExactly(second);
        assertThat(queue.waiting())
                .as("the hand-on also guards it")
                .filteredOn(
                        it -> it.task().responseId().equals(second) && it.task().kind() == Task.Kind.WATCHDOG)
                .hasSize(2);
        assertThat(answer()).isEqualTo(second);
        assertThat(answers()).isEmpty();
        assertThat(log.lane(LANE).members()).isEmpty();
    }

    @Test
    void otherLanesAndRequestsWithoutOneDoNotWait() throws Exception {
        var all = List.of(submit("a"), submit("b"), submit(null), submit(null));

        assertThat(answers()).containsExactlyElementsOf(all);
    }

    @Test
    void everyTaskOfAWaitingRequestIsDropped() throws Exception {
        submit("a");
        var second = submit("a");
        for (var kind : Task.Kind.values()) {
            var task = new Task(second, QUOTA_KEY, kind, 0, 1, Optional.of(LANE));
            assertThat(chat.answer(task, deadline(), ScriptedModel.playing(), sockets, queue))
                    .isEqualTo(AnswerOutcome.DONE);
            assertThat(chat.giveUp(task, sockets, queue)).isEqualTo(GiveUpOutcome.ENDED);
        }

        assertThat(status(second)).isEqualTo(Status.QUEUED);
    }

    @Test
    void cancelledRequestThatWaitedHandsNothingOnTooEarly() throws Exception {
        var first = submit("a");
        var second = submit("a");
        var third = submit("a");
        chat.cancel(second, Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), sockets, queue);

        assertThat(status(second)).isEqualTo(Status.CANCELLED);
        assertThat(answers()).as("the first one still runs").containsExactly(first);
        assertThat(log.lane(LANE).members()).containsExactly(first, third);
        answer();
        assertThat(answers()).containsExactly(third);
    }

    @Test
    void cancelOfTheFirstHandsOn() throws Exception {
        var first = submit("a");
        var second = submit("a");
        chat.cancel(first, Subject.ANONYMOUS, Optional.empty(), sockets, queue);

        assertThat(answers()).containsExactly(first, second);
        assertThat(chat.answer(poll(), deadline(), ScriptedModel.playing(), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(answer()).isEqualTo(second);
    }

    @Test
    void failedAndGivenUpResponsesHandOn() throws Exception {
        submit("a");
        var second = submit("a");
        var third = submit("a");
        chat.answer(
                poll(), deadline(), ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED)), sockets, queue);
        assertThat(answers()).containsExactly(second);
        chat.giveUp(poll(), sockets, queue);

        assertThat(status(second)).isEqualTo(Status.FAILED);
        assertThat(answers()).containsExactly(third);
    }

    @Test
    void deletedResponseDoesNotStopItsLane() throws Exception {
        var first = submit("a");
        var second = submit("a");
        var third = submit("a");
        chat.cancel(second, Subject.ANONYMOUS, Optional.empty(), sockets, brokenQueue());
        chat.delete(second, Subject.ANONYMOUS);
        assertThat(answer()).isEqualTo(first);

        assertThat(answers()).containsExactly(third);
    }

    @Test
    void taskIsNotDoneBeforeTheNextOneIsQueued() throws Exception {
        var first = submit("a");
        var second = submit("a");
        var task = poll();
        assertThatIllegalStateException()
                .isThrownBy(() -> chat.answer(
                        task, deadline(), ScriptedModel.playing(ScriptedModel.answer("1")), sockets, brokenQueue()));
        assertThat(status(first)).isEqualTo(Status.COMPLETED);
        assertThat(answers()).isEmpty();

        assertThat(chat.answer(task.received(2), deadline(), ScriptedModel.playing(), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(answers()).containsExactly(second);
    }

    @Test
    void watchdogOfAWaitingRequestHandsOnForACrashedFunction() throws Exception {
        var first = submit("a");
        var second = submit("a");
        chat.cancel(first, Subject.ANONYMOUS, Optional.empty(), sockets, brokenQueue());
        var watchdog = new Task(second, QUOTA_KEY, Task.Kind.WATCHDOG, 0, 0, Optional.of(LANE));

        chat.answer(watchdog, deadline(), ScriptedModel.playing(ScriptedModel.answer("2")), sockets, queue);

        assertThat(status(second)).isEqualTo(Status.COMPLETED);
        assertThat(log.lane(LANE).members()).isEmpty();
    }

    @Test
    void watchdogBeforeItsResponseIsDropped() throws Exception {
        var unknown = new Task(ResponseIds.of(1), QUOTA_KEY, Task.Kind.WATCHDOG, 0, 0, Optional.of(LANE));
        assertThat(chat.answer(unknown, deadline(), ScriptedModel.playing(), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(submit("a")).isEqualTo(answer());
    }

    @Test
    void requestIsRefusedWhereSixteenWait() throws Exception {
        var first = submit("a");
        for (int i = 0; i < Lane.MAX_WAITING; i++) {
            submit("a");
        }
        assertThatThrownBy(() -> submit("a")).isInstanceOfSatisfying(ApiException.class, refusal -> {
            assertThat(refusal.error().status()).isEqualTo(429);
            assertThat(refusal.error().code()).isEqualTo("too_many_requests");
            assertThat(refusal.error().headers()).containsEntry("retry-after", "5");
        });
        assertThat(quota.account(QUOTA_KEY).queued().keySet()).doesNotContain(ResponseIds.of(ids.get()));
        assertThat(submit("b")).isNotNull();
        assertThat(answer()).isEqualTo(first);
        assertThat(submit("a")).isNotNull();
    }

    /** A refused continuation of a waiting request evicts nothing: its socket is part of its lane. */
    @Test
    void refusedContinuationOfAWaitingRequestKeepsItsLane() throws Exception {
        submit("a");
        var second = submit("a", Json.object().put("store", false));
        var third = submit("a");
        assertThatThrownBy(() ->
                        submit("a", Json.object().put("store", false).put("previous_response_id", second.value())))
                .isInstanceOf(ApiException.class);

        answer();
        assertThat(answer()).isEqualTo(second);
        assertThat(answer()).isEqualTo(third);
    }

    /** The function that accepted the first request was killed before it queued a task, and the watchdog is lost. */
    @Test
    void resumeOfAWaitingRequestFreesALaneWithoutATask() throws Exception {
        var first = submit("a");
        var second = submit("a");
        while (queue.poll().isPresent()) {
            // Every task is lost.
        }
        time.advance(Duration.ofSeconds(61));
        chat.resume(second, Subject.ANONYMOUS, ClientSocket.of(SOCKET), -1, sockets, queue);

        assertThat(queue.waiting())
                .extracting(TaskQueue.DelayedTask::task)
                .filteredOn(task -> task.kind() == Task.Kind.NUDGE)
                .extracting(Task::responseId)
                .containsExactly(second, first);
    }

    /** The responses whose ANSWER tasks are queued, in their order. */
    private List<ResponseId> answers() {
        return queue.waiting().stream()
                .map(TaskQueue.DelayedTask::task)
                .filter(task -> task.kind() == Task.Kind.ANSWER)
                .map(Task::responseId)
                .toList();
    }

    private Task poll() {
        return queue.poll().orElseThrow();
    }

    /** Answers the next task; returns its response. */
    private ResponseId answer() throws InterruptedException {
        var task = poll();
        assertThat(chat.answer(task, deadline(), ScriptedModel.playing(ScriptedModel.answer("hi")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(status(task.responseId())).isEqualTo(Status.COMPLETED);
        return task.responseId();
    }

    private Status status(ResponseId id) {
        return log.find(id).orElseThrow().status();
    }

    private List<String> types(ResponseId id) {
        return sockets.received(SOCKET).stream()
                .map(message -> Json.findObject(message).orElseThrow())
                .filter(message -> message.at("/response/id").asText().equals(id.value()))
                .map(message -> message.path("type").asText())
                .toList();
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    private static TaskQueue brokenQueue() {
        return _ -> {
            throw new IllegalStateException("no queue");
        };
    }

    private ResponseId submit(@Nullable String stream) throws Exception {
        return submit(stream, Json.object());
    }

    private ResponseId submit(@Nullable String stream, ObjectNode fields) throws Exception {
        return chat.submit(
                new Submission(
                        CreateRequest.of(fields.put("input", "hi")),
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(SOCKET)
                                .with(Optional.ofNullable(stream).map(StreamId::new))),
                        QUOTA_KEY,
                        Optional.empty()),
                sockets,
                queue);
    }
}
