package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.burst;
import static dev.rill.chat.memory.ScriptedModel.completed;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.fail;
import static dev.rill.chat.memory.ScriptedModel.pause;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static dev.rill.chat.memory.ScriptedModel.say;
import static dev.rill.chat.memory.ScriptedModel.stayOpen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.Gate;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedCall;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
class ChatTest {

    private static final QuotaKey QUOTA_KEY = new QuotaKey("anonymous socket-1");
    private static final Limits LIMITS = Limits.ofPlaces(2, 2);
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final ResponseId ID = ResponseIds.of(1);
    private static final DelayedTask NUDGE = new DelayedTask(task(Task.Kind.NUDGE), Duration.ZERO);

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final List<Duration> slept = new CopyOnWriteArrayList<>();
    private final List<Signal> signals = new CopyOnWriteArrayList<>();
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private HistorySettings history = HistorySettings.DEFAULT;
    private Chat chat = chat(log);

    @Test
    void createdAndQueuedAreSentBeforeTheTaskIsQueued() throws Exception {
        var sentBeforeQueueing = new ArrayList<String>();
        chat.submit(submission("hi"), sockets, tasks -> {
            if (tasks.getFirst().task().kind() == Task.Kind.ANSWER) {
                sentBeforeQueueing.addAll(types());
            }
            queue.send(tasks);
        });
        assertThat(sentBeforeQueueing).containsExactly("response.created", "response.queued");
        assertThat(queue.waiting())
                .containsExactly(
                        new DelayedTask(task(Task.Kind.WATCHDOG), QueuedTasks.WATCHDOG_DELAY),
                        new DelayedTask(task(Task.Kind.ANSWER), Duration.ZERO));
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.QUEUED);
        assertSocketWasSentTheLog();
    }

    @Test
    void answerHasGaplessNumbersAndTheFinalResponseHasRillsId() throws Exception {
        var model = ScriptedModel.playing(answer("Hel", "lo"));
        submitAndAnswer(model);
        assertThat(trace())
                .isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
                        + "response.content_part.added;Hello;response.completed");
        var completed = received().getLast().path("response");
        assertThat(completed.path("id").textValue()).isEqualTo(ID.value());
        assertThat(completed.path("model").textValue()).isEqualTo("gpt-x");
        assertThat(completed.path("usage").path("total_tokens").intValue()).isEqualTo(3);
        assertThat(completed.path("x_unheard")).hasToString("[1.50]");
        assertThat(completed.path("completed_at").longValue())
                .isEqualTo(time.instant().getEpochSecond());
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.COMPLETED);
        assertThat(model.openStreams()).isZero();
        assertSocketWasSentTheLog();
    }

    @Test
    void modelIsAskedWithTheRequestAndTheDefaultModel() throws Exception {
        var model = ScriptedModel.playing(answer("x"));
        var body = Json.findObject("{\"input\":\"hi\",\"x_unheard\":[1.50]}").orElseThrow();
        submit(CreateRequest.of(body));
        answerNext(model);
        assertThat(model.requests())
                .hasToString("[{\"input\":\"hi\",\"x_unheard\":[1.50],\"model\":\"default-model\","
                        + "\"store\":false,\"include\":[\"reasoning.encrypted_content\"]}]");
    }

    @Test
    void unknownEventsOfTheProtocolAreRelayed() throws Exception {
        submitAndAnswer(ScriptedModel.playing(
                accept(say("response.hologram.delta", "{'delta':{'x':1.50},'y':null}"), completed(""))));
        assertThat(sockets.received(SOCKET).get(3))
                .isEqualTo(
                        "{\"type\":\"response.hologram.delta\",\"sequence_number\":3,\"delta\":{\"x\":1.50},\"y\":null}");
    }

    @ParameterizedTest
    @EnumSource(ModelFailure.class)
    void repeatedRefusalFailsTheResponseWithACode(ModelFailure failure) throws Exception {
        var model = ScriptedModel.playing(refuse(failure));
        submitAndAnswer(model);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.failed");
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo(failure.code());
        assertThat(model.requests()).hasSize(failure.isRetryable() ? 3 : 1);
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.FAILED);
        assertSocketWasSentTheLog();
    }

    @Test
    void retryAfterIsObeyedAndTheClientSeesNoRetry() throws Exception {
        submitAndAnswer(ScriptedModel.playing(
                refuse(ModelException.of(ModelFailure.RATE_LIMITED, "busy").retryAfter(Duration.ofSeconds(7))),
                accept(fail(ModelFailure.DISCONNECTED)),
                answer("Hello")));
        assertThat(slept.getFirst()).isEqualTo(Duration.ofSeconds(7));
        assertThat(slept).hasSize(2);
        assertThat(trace())
                .isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
                        + "response.content_part.added;Hello;response.completed");
    }

    @ParameterizedTest
    @EnumSource(
            value = ModelFailure.class,
            names = {"DISCONNECTED", "STALLED", "INVALID_OUTPUT", "SERVER_ERROR"})
    void modelFailureAfterOutputIsNotRetriedAndKeepsTheOutput(ModelFailure failure) throws Exception {
        var model = ScriptedModel.playing(accept(
                say(
                        "response.output_item.added",
                        "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}"),
                say(
                        "response.content_part.added",
                        "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}"),
                say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'Hel'}"),
                fail(failure)));
        submitAndAnswer(model);
        assertThat(model.requests()).hasSize(1);
        var response = received().getLast().path("response");
        assertThat(response.at("/error/code").textValue()).isEqualTo(failure.code());
        assertThat(response.at("/output/0/content/0/text").textValue()).isEqualTo("Hel");
        assertThat(response.at("/output/0/status").textValue()).isEqualTo("incomplete");
    }

    @Test
    void streamThatEndsWithoutATerminalEventFails() throws Exception {
        submitAndAnswer(ScriptedModel.playing(accept(delta("Hel"))));
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("model_disconnected");
    }

    @Test
    void failureOfTheModelIsRelayed() throws Exception {
        submitAndAnswer(ScriptedModel.playing(
                accept(say("response.failed", "{'response':{'error':{'code':'content_filter','message':'no'}}}"))));
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("content_filter");
        assertThat(received().getLast().at("/response/status").textValue()).isEqualTo("failed");
    }

    @Test
    void unexpectedExceptionFailsTheResponseAndIsSignalled() throws Exception {
        submitAndAnswer(ScriptedModel.playing(accept(burst())));
        assertThat(trace()).endsWith(";response.failed");
        assertThat(received().getLast().at("/response/error/message").textValue())
                .doesNotContain("burst");
        assertThat(signals)
                .anyMatch(signal -> signal instanceof Signal.UnexpectedError(var _, var cause)
                        && "burst".equals(cause.getMessage()));
    }

    @Test
    void disconnectDoesNotEndTheAnswer() throws Exception {
        submit("hi");
        sockets.close(SOCKET);
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertThat(log.read(ID, -1).getLast().type()).isEqualTo("response.completed");
        assertThat(types()).containsExactly("response.created", "response.queued");
    }

    @Test
    void failureOfTheQueueEndsTheResponse() throws Exception {
        chat.submit(submission("hi"), sockets, _ -> {
            throw new IllegalStateException("no queue");
        });
        assertThat(trace()).isEqualTo("response.created;response.queued;response.failed");
        assertSocketWasSentTheLog();
    }

    @Test
    void crashBeforeTheTaskIsQueuedLeavesTheWatchdog() {
        assertThatThrownBy(() -> chat.submit(submission("hi"), sockets, tasks -> {
                    if (tasks.getFirst().task().kind() == Task.Kind.ANSWER) {
                        throw new FunctionCrash();
                    }
                    queue.send(tasks);
                }))
                .isInstanceOf(FunctionCrash.class);
        assertThat(types()).containsExactly("response.created", "response.queued");
        assertThat(queue.waiting())
                .containsExactly(new DelayedTask(task(Task.Kind.WATCHDOG), QueuedTasks.WATCHDOG_DELAY));
    }

    @Test
    void requestThatCannotBeLoggedTakesNoQuota() throws Exception {
        var brokenChat = chat(failing(log, "create"));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> brokenChat.submit(submission("hi"), sockets, queue))
                    .hasMessage("no table");
            assertThatThrownBy(() -> brokenChat.respond(
                            httpSubmission(),
                            deadline(),
                            ScriptedModel.playing(answer("x")),
                            sockets,
                            queue,
                            (_, _) -> SendResult.DELIVERED))
                    .hasMessage("no table");
        }
        assertThat(quota.admitQueued(candidate(ResponseIds.of("x")))).isInstanceOf(Admission.Admitted.class);
        assertThat(quota.admitQueued(candidate(ResponseIds.of("y")))).isInstanceOf(Admission.Admitted.class);
        assertThat(quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2))
                .isTrue();
        assertThat(quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2))
                .isTrue();
    }

    @Test
    void loggedButUnsentTerminalEventIsSentOnRedelivery() throws Exception {
        submit("hi");
        log.claim(ID, Optional.of(Task.Kind.ANSWER), time.instant(), deadline());
        log.append(new Append(
                ID,
                new Progress(Status.COMPLETED, new Lease(1, deadline(), 4), 3),
                Subscriptions.of(ClientSocket.of(SOCKET), 1),
                deadline(),
                List.of(new Event(2, "response.in_progress", "{}"), new Event(3, "response.completed", "{}"))));
        // Other responses of its quota key take all places meanwhile.
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2);
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2);
        assertThat(chat.answer(
                        task(Task.Kind.ANSWER).received(2),
                        deadline(),
                        ScriptedModel.playing(answer("x")),
                        sockets,
                        queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertSocketWasSentTheLog();
    }

    @Test
    void redeliveryAfterTheEndSendsNothing() throws Exception {
        var model = ScriptedModel.playing(answer("Hello"));
        submitAndAnswer(model);
        var sent = sockets.received(SOCKET).size();
        assertThat(chat.answer(task(Task.Kind.ANSWER), deadline(), model, sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(sockets.received(SOCKET)).hasSize(sent);
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void redeliveryDuringAnAnswerIsPutBackAndChangesNothing() throws Exception {
        submit("hi");
        log.claim(ID, Optional.of(Task.Kind.ANSWER), time.instant(), deadline());
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.LATER);
        assertThat(types()).containsExactly("response.created", "response.queued");
    }

    @Test
    void watchdogOfARunningAnswerIsDone() throws Exception {
        submit("hi");
        log.claim(ID, Optional.of(Task.Kind.ANSWER), time.instant(), deadline());
        assertThat(chat.answer(
                        task(Task.Kind.WATCHDOG), deadline(), ScriptedModel.playing(answer("x")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void taskBesideAnAttemptOfAnotherTaskIsDone() throws Exception {
        submit("hi");
        log.claim(ID, Optional.of(Task.Kind.WATCHDOG), time.instant(), deadline());
        var throttled = task(Task.Kind.ANSWER).received(3);
        assertThat(chat.answer(throttled, deadline(), ScriptedModel.playing(answer("x")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void watchdogBesideACancelIsPutBack() throws Exception {
        submit("hi");
        log.claim(ID, Optional.empty(), time.instant(), deadline());
        assertThat(chat.answer(
                        task(Task.Kind.WATCHDOG), deadline(), ScriptedModel.playing(answer("x")), sockets, queue))
                .isEqualTo(AnswerOutcome.LATER);
    }

    @Test
    void throttledWatchdogOfAnAnsweredResponseSendsNothing() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        var sent = sockets.received(SOCKET).size();
        var throttled = task(Task.Kind.WATCHDOG).received(2);
        assertThat(chat.answer(throttled, deadline(), ScriptedModel.playing(answer("x")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(sockets.received(SOCKET)).hasSize(sent);
    }

    @Test
    void watchdogAnswersAResponseWhoseTaskIsLost() throws Exception {
        submit("hi");
        var _ = queue.poll();
        var watchdog = queue.poll(QueuedTasks.WATCHDOG_DELAY).orElseThrow();
        assertThat(chat.answer(watchdog, deadline(), ScriptedModel.playing(answer("Hello")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).endsWith("Hello;response.completed");
    }

    @Test
    void taskOfAnUnknownResponseIsDone() throws Exception {
        var unknown = new Task(ResponseIds.of("none"), QUOTA_KEY, Task.Kind.ANSWER);
        assertThat(chat.answer(unknown, deadline(), ScriptedModel.playing(answer("x")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void takeoverAfterOutputAnnouncesEveryNumberPossiblyShown() throws Exception {
        submit("hi");
        log.claim(
                ID,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(1));
        var lease = new Lease(1, time.instant().plusSeconds(1), 6);
        log.renew(ID, lease);
        log.append(new Append(
                ID,
                new Progress(Status.IN_PROGRESS, lease, 3),
                Subscriptions.of(ClientSocket.of(SOCKET), 3),
                time.instant().plusSeconds(99),
                List.of(new Event(2, "response.in_progress", "{}"), new Event(3, "x", "{}"))));
        time.advance(Duration.ofSeconds(2));
        answerNext(ScriptedModel.playing(answer("Hello")));
        assertThat(sockets.received(SOCKET).subList(2, 6))
                .containsExactly(restarted(4), restarted(5), restarted(6), restarted(7));
        assertThat(trace())
                .endsWith("rill:response.restarted;response.output_item.added;response.content_part.added;Hello;"
                        + "response.completed");
    }

    @Test
    void takeoverBeforeOutputIsInvisible() throws Exception {
        submit("hi");
        log.claim(
                ID,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(1));
        time.advance(Duration.ofSeconds(2));
        answerNext(ScriptedModel.playing(answer("Hello")));
        assertThat(trace())
                .isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
                        + "response.content_part.added;Hello;response.completed");
        assertSocketWasSentTheLog();
    }

    @Test
    void fourthAttemptGivesUp() throws Exception {
        submit("hi");
        for (int attempt = 1; attempt <= 3; attempt++) {
            log.claim(
                    ID,
                    Optional.of(Task.Kind.ANSWER),
                    time.instant(),
                    time.instant().plusSeconds(1));
            time.advance(Duration.ofSeconds(2));
        }
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.failed");
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("gave_up");
        assertSocketWasSentTheLog();
    }

    @Test
    void deadLetterTaskFailsItsResponse() throws Exception {
        submit("hi");
        assertThat(chat.giveUp(task(Task.Kind.ANSWER), sockets, queue)).isEqualTo(GiveUpOutcome.FAILED);
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("gave_up");
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertSocketWasSentTheLog();
    }

    @Test
    void deadLetterTaskOfAnAnsweredResponseSendsTheEndAgain() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        var logged = log.read(ID, -1);
        var sent = sockets.received(SOCKET).size();
        assertThat(chat.giveUp(task(Task.Kind.ANSWER), sockets, queue)).isEqualTo(GiveUpOutcome.ENDED);
        assertThat(log.read(ID, -1)).isEqualTo(logged);
        assertThat(sockets.received(SOCKET)
                        .subList(sent, sockets.received(SOCKET).size()))
                .endsWith(logged.getLast().json());
    }

    @Test
    void expiredLeaseStopsTheWorkerBeforeTheNextPost() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        var worker = time.newProcess("worker", Duration.ZERO);
        var frozenChat = chat(log, Duration.ZERO, worker);
        var answered = SimulatedCall.start(
                worker,
                "answer",
                () -> frozenChat.answer(
                        queue.poll().orElseThrow(), deadline(), model, new FreezingSockets(worker), queue));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.LOST);
        assertThat(types()).containsExactly("response.created", "response.queued", "response.in_progress");
        assertThat(model.openStreams()).isZero();
    }

    @Test
    void postThatOutlastsTheLeaseIsWithheld() throws Exception {
        submit("hi");
        var release = sockets.hold(SOCKET);
        var worker = time.newProcess("worker", Duration.ZERO);
        var frozenChat = chat(log, Duration.ZERO, worker);
        var answered = SimulatedCall.start(
                worker,
                "answer",
                () -> frozenChat.answer(
                        queue.poll().orElseThrow(),
                        deadline(),
                        ScriptedModel.playing(answer("Hello")),
                        sockets,
                        queue));
        time.awaitIdle();
        worker.freeze(Duration.ofMinutes(1));
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.LOST);
        assertThat(types()).containsExactly("response.created", "response.queued");
    }

    @Test
    void deadlineEndsTheAnswerAsIncomplete() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(time, accept(stayOpen()));
        chat.answer(queue.poll().orElseThrow(), time.instant().plusSeconds(5), model, sockets, queue);
        assertThat(received()
                        .getLast()
                        .at("/response/incomplete_details/reason")
                        .textValue())
                .isEqualTo("time_limit");
        assertThat(trace()).endsWith(";response.incomplete");
    }

    @Test
    void hangingPostDoesNotDelayTheEndBeyondTheDeadline() throws Exception {
        submit("hi");
        var _ = sockets.hold(SOCKET);
        var deadline = time.instant().plusSeconds(60);
        var model = ScriptedModel.playing(time, accept(delta("Hel"), stayOpen()));
        var answered = SimulatedCall.start(
                time, "worker", () -> chat.answer(queue.poll().orElseThrow(), deadline, model, sockets, queue));
        time.advance(Duration.between(time.instant(), deadline.minusMillis(1)));
        var end = log.read(ID, -1).getLast();
        assertThat(end.type()).isEqualTo("response.incomplete");
        assertThat(end.json()).contains("\"reason\":\"time_limit\"");
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(time.instant()).isBefore(deadline);
    }

    // ---- cancel ---------------------------------------------------------------------------------------------------

    @Test
    void cancelledQueuedResponseNeverStarts() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.empty(), sockets, queue);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.incomplete");
        assertThat(received().getLast().at("/response/status").textValue()).isEqualTo("cancelled");
        assertThat(answerNext(model)).isEqualTo(AnswerOutcome.DONE);
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void cancelOfARunningResponseClosesTheModelAndKeepsTheOutput() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(
                time,
                accept(
                        say(
                                "response.output_item.added",
                                "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}"),
                        say(
                                "response.content_part.added",
                                "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}"),
                        say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'Hel'}"),
                        stayOpen()));
        var answered = SimulatedCall.start(time, "worker", () -> answerNext(model));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.empty(), sockets, queue);
        time.advance(Duration.ofSeconds(1));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(model.openStreams()).isZero();
        assertThat(received().getLast().at("/response/output/0/content/0/text").textValue())
                .isEqualTo("Hel");
        assertThat(received().getLast().at("/response/status").textValue()).isEqualTo("cancelled");
        assertSocketWasSentTheLog();
    }

    @Test
    void unattachedSocketThatCancelsAQueuedResponseIsSentTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets, queue);
        assertThat(sockets.received(second))
                .isEqualTo(log.read(ID, 1).stream().map(Event::json).toList());
        assertSocketWasSentTheLog();
    }

    @Test
    void unattachedSocketThatCancelsARunningResponseIsSentTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        var answered = SimulatedCall.start(
                time, "worker", () -> answerNext(ScriptedModel.playing(time, accept(delta("Hel"), stayOpen()))));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets, queue);
        time.advance(Duration.ofSeconds(1));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(sockets.received(second).getLast())
                .isEqualTo(log.read(ID, -1).getLast().json());
        assertSocketWasSentTheLog();
    }

    @Test
    void socketThatCancelsAnEndedResponseIsSentTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets, queue);
        assertThat(sockets.received(second))
                .containsExactly(log.read(ID, -1).getLast().json());
    }

    @Test
    void responsesOfOtherSubjectsAreNotFound() throws Exception {
        submit("hi");
        var other = new Subject("other subject");
        for (var id : List.of(ID, ResponseIds.of("none"))) {
            assertNotFound(() -> chat.cancel(id, other, Optional.of(ClientSocket.of(SOCKET)), sockets, queue));
            assertNotFound(() -> chat.resume(id, other, ClientSocket.of(SOCKET), -1, sockets, queue));
            assertNotFound(() -> chat.retrieve(id, other));
            assertNotFound(() -> chat.delete(id, other));
            assertNotFound(() -> chat.follow(id, other, -1, queue, (_, _) -> SendResult.DELIVERED, deadline()));
        }
    }

    // ---- sockets that disconnect and reconnect
    // ---------------------------------------------------------------------------------

    @Test
    void answerWithoutASocketStopsAfterTheGracePeriod() throws Exception {
        submit("hi");
        sockets.close(SOCKET);
        var model = ScriptedModel.playing(time, accept(stayOpen()));
        var answered = SimulatedCall.start(time, "worker", () -> answerNext(model));
        time.advance(Duration.ofSeconds(1));
        assertThat(signals).hasAtLeastOneElementOfType(Signal.Unattended.class);
        time.advance(Duration.ofSeconds(55));
        assertThat(model.openStreams()).isOne();
        time.advance(Duration.ofSeconds(10));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(log.read(ID, -1).getLast().json()).contains("client_gone");
        assertThat(model.openStreams()).isZero();
    }

    @Test
    void resumeOfARunningAnswerSendsMissedAndLaterEvents() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        var release = new Gate(time);
        var model = ScriptedModel.playing(accept(delta("Hel"), pause(release::await), delta("lo"), completed("Hello")));
        var answered = SimulatedCall.start(time, "worker", () -> answerNext(model));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(second), 0, sockets, queue);
        time.advance(Duration.ofSeconds(1));
        sockets.awaitMessage(second, message -> message.contains("Hel"));
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertSocketWasSentTheLog();
        assertThat(sockets.received(second))
                .isEqualTo(log.read(ID, 0).stream().map(Event::json).toList());
    }

    @Test
    void socketThatResumesAnEndedAnswerIsSentTheRest() throws Exception {
        var second = new ConnectionId("socket-2");
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(second), 2, sockets, queue);
        assertThat(sockets.received(second))
                .isEqualTo(log.read(ID, 2).stream().map(Event::json).toList());
    }

    @Test
    void socketThatResumesAQueuedAnswerIsSentEverythingByTheWorker() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(second), -1, sockets, queue);
        answerNext(ScriptedModel.playing(answer("Hello")));
        assertSocketWasSentTheLog();
        assertThat(sockets.received(second)).isEqualTo(sockets.received(SOCKET));
    }

    @Test
    void resumeOfAnOverdueQueuedAnswerQueuesANudge() throws Exception {
        submit("hi");
        var queued = queue.waiting();
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).isEqualTo(queued);
        time.advance(Intake.QUEUED_TIMEOUT.plusSeconds(1));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).hasSize(queued.size() + 1).contains(NUDGE);
    }

    @Test
    void resumeOfAnAnswerWhoseWorkerDiedQueuesANudge() throws Exception {
        submit("hi");
        log.claim(
                ID,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(12));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).doesNotContain(NUDGE);
        time.advance(Duration.ofSeconds(13));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).contains(NUDGE);
    }

    @Test
    void failedNudgeDoesNotEndFollow() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        var second = submitOther(CreateRequest.ofText("and then?"), SOCKET);
        time.advance(Intake.QUEUED_TIMEOUT.plusSeconds(1));
        var followed = new ArrayList<Event>();
        chat.follow(
                second,
                Subject.ANONYMOUS,
                -1,
                _ -> {
                    throw new IllegalStateException("no queue");
                },
                (event, _) -> {
                    followed.add(event);
                    return followed.size() == 2 ? SendResult.GONE : SendResult.DELIVERED;
                },
                deadline());
        assertThat(followed).isEqualTo(log.read(second, -1));
    }

    @Test
    void watchdogOfAnEndedResponseNeedsNoPlace() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2);
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2);
        var watchdog = new Task(ID, QUOTA_KEY, Task.Kind.WATCHDOG, 2);
        assertThat(chat.answer(watchdog, deadline(), ScriptedModel.playing(), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void nudgeWhoseWorkerMayHaveClaimedIsPutBack() throws Exception {
        submit("hi");
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2);
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2);
        var model = ScriptedModel.playing(answer("Hello"));
        var redelivered = NUDGE.task().received(2);
        assertThat(chat.answer(redelivered, deadline(), model, sockets, queue)).isEqualTo(AnswerOutcome.LATER);
        quota.settle(QUOTA_KEY, ResponseIds.of("x"), Optional.empty());
        log.claim(ID, Optional.of(Task.Kind.NUDGE), time.instant(), deadline());
        assertThat(chat.answer(redelivered, deadline(), model, sockets, queue)).isEqualTo(AnswerOutcome.LATER);
    }

    @Test
    void nudgeIsDroppedIfItCannotBeAnswered() throws Exception {
        submit("hi");
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2);
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2);
        var model = ScriptedModel.playing(answer("Hello"));
        assertThat(chat.answer(NUDGE.task(), deadline(), model, sockets, queue)).isEqualTo(AnswerOutcome.DONE);
        quota.settle(QUOTA_KEY, ResponseIds.of("x"), Optional.empty());
        log.claim(ID, Optional.of(Task.Kind.ANSWER), time.instant(), deadline());
        assertThat(chat.answer(NUDGE.task(), deadline(), model, sockets, queue)).isEqualTo(AnswerOutcome.DONE);
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void slowSocketDoesNotDelayAnotherSocket() throws Exception {
        var slow = new ConnectionId("slow");
        submit("hi");
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(slow), 1, sockets, queue);
        var release = sockets.hold(slow);
        var answered = SimulatedCall.start(time, "worker", () -> answerNext(ScriptedModel.playing(answer("Hello"))));
        sockets.awaitMessage(SOCKET, message -> message.contains("response.completed"));
        assertThat(sockets.received(slow)).isEmpty();
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(sockets.received(slow))
                .isEqualTo(log.read(ID, 1).stream().map(Event::json).toList());
    }

    @Test
    void numbersAreReservedWhileInProgressIsBeingSent() throws Exception {
        submit("hi");
        var release = sockets.hold(SOCKET);
        // An append would also reserve numbers, so none is due.
        var chatWithRareAppends = chat(log, Duration.ofHours(1));
        var answered = SimulatedCall.start(
                time,
                "worker",
                () -> chatWithRareAppends.answer(
                        queue.poll().orElseThrow(),
                        deadline(),
                        ScriptedModel.playing(answer("Hello")),
                        sockets,
                        queue));
        time.awaitIdle();
        assertThat(log.find(ID).orElseThrow().reservedThrough()).isGreaterThan(Execution.QUEUED.inProgressNumber());
        assertThat(types()).doesNotContain("response.in_progress");
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertSocketWasSentTheLog();
    }

    @Test
    void followDeliversAllEventsToTheEnd() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        var followed = new ArrayList<Event>();
        chat.follow(
                ID,
                Subject.ANONYMOUS,
                1,
                queue,
                (event, _) -> {
                    followed.add(event);
                    return SendResult.DELIVERED;
                },
                deadline());
        assertThat(followed).isEqualTo(log.read(ID, 1));
    }

    @Test
    void followOfAnAnswerWhoseWorkerDiedQueuesANudge() throws Exception {
        submit("hi");
        log.claim(
                ID,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(12));
        var nudges = new ArrayList<DelayedTask>();
        TaskQueue forwarding = tasks -> {
            nudges.addAll(tasks);
            queue.send(tasks);
            var model = ScriptedModel.playing(answer("Hello"));
            var _ = SimulatedCall.start(
                    time, "worker", () -> chat.answer(tasks.getFirst().task(), deadline(), model, sockets, queue));
        };
        var followed = new ArrayList<Event>();
        Sink sink = (event, _) -> {
            followed.add(event);
            return SendResult.DELIVERED;
        };
        chat.follow(ID, Subject.ANONYMOUS, 1, forwarding, sink, deadline());
        assertThat(nudges).containsExactly(NUDGE);
        assertThat(followed)
                .isEqualTo(log.read(ID, 1))
                .last()
                .matches(event -> event.type().equals("response.completed"));
    }

    // ---- repeats, history, limits, deletion -------------------------------------------------------------------

    @Test
    void sameKeyAndBodyIsTheSameResponse() throws Exception {
        var request = new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                key("key-1"));
        var first = chat.submit(request, sockets, queue);
        var model = ScriptedModel.playing(answer("Hello"));
        answerNext(model);
        var second = new ConnectionId("socket-2");
        var repeat = new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(second)),
                QUOTA_KEY,
                LIMITS,
                key("key-1"));
        assertThat(chat.submit(repeat, sockets, queue)).isEqualTo(first);
        assertThat(sockets.received(second))
                .isEqualTo(log.read(first, -1).stream().map(Event::json).toList());
        assertThat(queue.poll()).isEmpty();
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void sameKeyWithAnotherBodyIsAnotherResponse() throws Exception {
        var one = new Submission(
                CreateRequest.ofText("one"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                key("key-1"));
        var two = new Submission(
                CreateRequest.ofText("two"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                key("key-1"));
        assertThat(chat.submit(one, sockets, queue)).isNotEqualTo(chat.submit(two, sockets, queue));
    }

    @Test
    void conversationIsContinuedFromTheLog() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        var model = ScriptedModel.playing(answer("Fine"));
        var _ = submitOther(
                CreateRequest.of(Json.findObject("{\"input\":\"And?\",\"previous_response_id\":\"" + ID + "\"}")
                        .orElseThrow()),
                SOCKET);
        answerNext(model);
        assertThat(model.requests().getFirst().path("input"))
                .hasToString(
                        "[{\"type\":\"message\",\"role\":\"user\","
                                + "\"content\":\"hi\"},{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
                                + "\"text\":\"Hello\",\"annotations\":[]}]},{\"type\":\"message\",\"role\":\"user\",\"content\":\"And?\"}]");
        assertThat(model.requests().getFirst().has("previous_response_id")).isFalse();
    }

    @Test
    void unstoredResponseIsContinuedOnItsSocketOnly() throws Exception {
        submit(CreateRequest.of(
                Json.findObject("{\"input\":\"hi\",\"store\":false}").orElseThrow()));
        answerNext(ScriptedModel.playing(answer("Hello")));
        var next = CreateRequest.of(Json.findObject("{\"input\":\"And?\",\"previous_response_id\":\"" + ID + "\"}")
                .orElseThrow());
        assertRefused("previous_response_not_found", () -> submitOther(next, new ConnectionId("socket-2")));
        assertNotFound(() -> chat.retrieve(ID, Subject.ANONYMOUS));
        var _ = submitOther(next, SOCKET);
    }

    @Test
    void missingPreviousResponseIsAnErrorThatNamesTheField() throws Exception {
        var request = CreateRequest.of(
                Json.findObject("{\"input\":\"And?\",\"previous_response_id\":\"" + ResponseIds.of("none") + "\"}")
                        .orElseThrow());
        assertRefused("previous_response_not_found", () -> submit(request));
    }

    @Test
    void requestBeyondTheQuotaOfQueuedIsRefused() throws Exception {
        var _ = submitOther(CreateRequest.ofText("1"), SOCKET);
        var _ = submitOther(CreateRequest.ofText("2"), SOCKET);
        assertRefused("too_many_requests", () -> submitOther(CreateRequest.ofText("3"), SOCKET));
    }

    @Test
    void taskBeyondTheQuotaOfRunningIsPutBack() throws Exception {
        submit("hi");
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("x"), deadline(), 2);
        quota.admitRunning(QUOTA_KEY, ResponseIds.of("y"), deadline(), 2);
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.LATER);
        quota.settle(QUOTA_KEY, ResponseIds.of("x"), Optional.empty());
        assertThat(chat.answer(
                        task(Task.Kind.ANSWER), deadline(), ScriptedModel.playing(answer("Hello")), sockets, queue))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void endedResponseIsRetrievedAndDeleted() throws Exception {
        submit("hi");
        assertThat(chat.retrieve(ID, Subject.ANONYMOUS).path("status").textValue())
                .isEqualTo("queued");
        assertRefused("response_in_progress", () -> chat.delete(ID, Subject.ANONYMOUS));
        answerNext(ScriptedModel.playing(answer("Hello")));
        assertThat(chat.retrieve(ID, Subject.ANONYMOUS)
                        .at("/output/0/content/0/text")
                        .textValue())
                .isEqualTo("Hello");
        chat.delete(ID, Subject.ANONYMOUS);
        assertNotFound(() -> chat.retrieve(ID, Subject.ANONYMOUS));
    }

    // ---- over HTTP ------------------------------------------------------------------------------------------------

    @Test
    void respondSkipsTheQueueAndSaysInProgressOnceTheModelAccepts() throws Exception {
        var events = new ArrayList<Event>();
        chat.respond(
                httpSubmission(), deadline(), ScriptedModel.playing(answer("Hello")), sockets, queue, (event, _) -> {
                    events.add(event);
                    return SendResult.DELIVERED;
                });
        assertThat(events.stream().map(Event::type).collect(Collectors.joining(";")))
                .isEqualTo(
                        "response.created;response.in_progress;response.output_item.added;response.content_part.added;"
                                + "response.output_text.delta;response.completed");
        assertThat(events).isEqualTo(log.read(ID, -1));
    }

    @Test
    void respondSendsNoInProgressIfTheModelRefuses() throws Exception {
        var events = new ArrayList<Event>();
        chat.respond(
                httpSubmission(),
                deadline(),
                ScriptedModel.playing(refuse(ModelFailure.UNAUTHORIZED)),
                sockets,
                queue,
                (event, _) -> {
                    events.add(event);
                    return SendResult.DELIVERED;
                });
        assertThat(events).extracting(Event::type).containsExactly("response.created", "response.failed");
    }

    @Test
    void failureOfTheLogIsThrown() throws Exception {
        var brokenChat = chat(failing(log, "append"));
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        assertThatThrownBy(() -> brokenChat.answer(task(Task.Kind.ANSWER), deadline(), model, sockets, queue))
                .hasMessage("no table");
        assertThat(model.openStreams()).isZero();
        assertThat(types()).doesNotContain("response.completed");
    }

    @Test
    void lostAnswerOfAnAppendIsRetried() throws Exception {
        submit("hi");
        assertThat(chat(losingEveryOtherAnswer(log))
                        .answer(
                                task(Task.Kind.ANSWER),
                                deadline(),
                                ScriptedModel.playing(answer("Hello")),
                                sockets,
                                queue))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).endsWith("Hello;response.completed");
        assertSocketWasSentTheLog();
    }

    @Test
    void endingThatLosesItsLeaseIsTriedAgain() throws Exception {
        submit("hi");
        var slow = chat(losingLeaseOnAppend(log));
        assertThat(slow.giveUp(task(Task.Kind.ANSWER), sockets, queue)).isEqualTo(GiveUpOutcome.LATER);
        assertThat(log.find(ID).orElseThrow().status().ended()).isFalse();
        assertThat(chat.giveUp(task(Task.Kind.ANSWER), sockets, queue)).isEqualTo(GiveUpOutcome.FAILED);
    }

    private void submit(String prompt) throws Exception {
        submit(CreateRequest.ofText(prompt));
    }

    private void submit(CreateRequest request) throws Exception {
        var _ = chat.submit(
                new Submission(
                        request,
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(SOCKET)),
                        QUOTA_KEY,
                        LIMITS,
                        Optional.empty()),
                sockets,
                queue);
    }

    /** Submits a request with an idempotency key, so that its id differs from {@link #ID}. */
    private ResponseId submitOther(CreateRequest request, ConnectionId connection) throws Exception {
        return chat.submit(
                new Submission(
                        request,
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(connection)),
                        QUOTA_KEY,
                        LIMITS,
                        key("key " + request)),
                sockets,
                queue);
    }

    private static Submission submission(String prompt) throws ApiException {
        return new Submission(
                CreateRequest.ofText(prompt),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                QUOTA_KEY,
                LIMITS,
                Optional.empty());
    }

    private static Optional<IdempotencyKey> key(String value) {
        return Optional.of(IdempotencyKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.1"), value));
    }

    private static Submission httpSubmission() throws ApiException {
        return new Submission(
                CreateRequest.ofText("hi"), Subject.ANONYMOUS, Optional.empty(), QUOTA_KEY, LIMITS, Optional.empty());
    }

    private static Task task(Task.Kind kind) {
        return new Task(ID, QUOTA_KEY, kind, 2);
    }

    private void submitAndAnswer(Model model) throws Exception {
        submit("hi");
        assertThat(answerNext(model)).isEqualTo(AnswerOutcome.DONE);
    }

    private AnswerOutcome answerNext(Model model) throws Exception {
        return chat.answer(queue.poll().orElseThrow(), deadline(), model, sockets, queue);
    }

    private Chat chat(ResponseLog testedLog) {
        return chat(testedLog, Duration.ZERO);
    }

    private Chat chat(ResponseLog testedLog, Duration append) {
        return chat(testedLog, append, time);
    }

    private Chat chat(ResponseLog testedLog, Duration append, Time worker) {
        var settings = new AnswerSettings(
                Duration.ZERO,
                new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1)),
                Duration.ofMinutes(1),
                3,
                history,
                new LogIntervals(append, Duration.ofMillis(1), Duration.ofSeconds(20)));
        return TestChats.chat(testedLog, quota, () -> ID, new RecordingTime(worker), settings, signals::add);
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    /** Returns a view of the log one method of which fails. */
    private static ResponseLog failing(ResponseLog log, String failing) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals(failing)) {
                        throw new IllegalStateException("no table");
                    }
                    return method.invoke(log, arguments);
                });
    }

    /** Returns a view of the log that performs every append and loses the answer of every other one. */
    private static ResponseLog losingEveryOtherAnswer(ResponseLog log) {
        var appends = new AtomicInteger();
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    var answer = method.invoke(log, arguments);
                    if (method.getName().equals("append") && appends.incrementAndGet() % 2 == 1) {
                        throw new IllegalStateException("no answer");
                    }
                    return answer;
                });
    }

    /** Returns a view of the log whose appends take longer than a lease lasts, and fail. */
    private ResponseLog losingLeaseOnAppend(ResponseLog log) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("append")) {
                        time.sleep(Duration.ofMinutes(1));
                        throw new IllegalStateException("no answer");
                    }
                    return method.invoke(log, arguments);
                });
    }

    /** Ends a function as a crash does: no handler catches it. */
    private static final class FunctionCrash extends Error {
        private static final long serialVersionUID = 1;
    }

    private static String restarted(int number) {
        return "{\"type\":\"rill:response.restarted\",\"sequence_number\":" + number + ",\"attempt\":2}";
    }

    private static void assertNotFound(ThrowableAssert.ThrowingCallable call) {
        assertRefused("not_found", call);
    }

    private static void assertRefused(String code, ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.error().code()).isEqualTo(code));
    }

    /** Records how long threads sleep. */
    private final class RecordingTime implements Time {
        private final Time target;

        RecordingTime(Time target) {
            this.target = target;
        }

        @Override
        public Instant instant() {
            return target.instant();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            slept.add(duration);
            target.sleep(duration);
        }

        @Override
        public Lock newLock() {
            return target.newLock();
        }

        @Override
        public Fiber start(String name, Runnable work) {
            return target.start(name, work);
        }
    }

    /** Freezes the worker for an hour after each message, as a suspended function is. */
    private final class FreezingSockets implements Sockets {
        private final SimulatedProcess worker;

        FreezingSockets(SimulatedProcess worker) {
            this.worker = worker;
        }

        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck)
                throws InterruptedException {
            var result = sockets.post(connection, message, leaseCheck);
            worker.freeze(Duration.ofHours(1));
            return result;
        }

        @Override
        public void close(ConnectionId connection) {
            sockets.close(connection);
        }
    }

    private List<ObjectNode> received() {
        return sockets.received(SOCKET).stream()
                .map(message -> Json.findObject(message).orElseThrow())
                .toList();
    }

    private List<String> types() {
        return received().stream().map(event -> event.path("type").textValue()).toList();
    }

    /**
     * Returns the types in order, and for consecutive deltas their text, because their division depends on the timing.
     */
    private String trace() {
        var trace = new StringBuilder();
        var text = new StringBuilder();
        for (var event : received()) {
            if (event.path("delta").isTextual()) {
                text.append(event.path("delta").textValue());
                continue;
            }
            trace.append(trace.isEmpty() ? "" : ";")
                    .append(text)
                    .append(text.isEmpty() ? "" : ";")
                    .append(event.path("type").textValue());
            text.setLength(0);
        }
        return trace.toString();
    }

    private void assertSocketWasSentTheLog() {
        var logged = log.read(ID, -1);
        assertThat(sockets.received(SOCKET))
                .isEqualTo(logged.stream().map(Event::json).toList());
        for (int i = 0; i < logged.size(); i++) {
            assertThat(logged.get(i).sequenceNumber()).isEqualTo(i);
        }
    }

    private Candidate candidate(ResponseId id) {
        return new Candidate(QUOTA_KEY, id, id.value(), deadline(), LIMITS, new Demand(1, OptionalLong.empty()));
    }
}
