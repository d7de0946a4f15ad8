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
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Sleeper;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
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
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
class ChatTest {

    private static final QuotaKey GROUP = new QuotaKey("anonymous socket-1");
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final ResponseId ID = ResponseIds.of(1);
    private static final DelayedTask REMINDER = new DelayedTask(prompt(Task.Kind.NUDGE), Duration.ZERO);

    private final ManualTime time = new ManualTime();
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets();
    private final List<Duration> slept = new CopyOnWriteArrayList<>();
    private final List<Signal> signals = new CopyOnWriteArrayList<>();
    private final InMemoryQuota quota = new InMemoryQuota(time, 2, 2);
    private HistorySettings history = HistorySettings.DEFAULT;
    private Chat chat = chat(log);

    @Test
    void createdAndQueuedAreSentAndLoggedBeforeThePromptIsQueued() throws Exception {
        var seenBeforeQueueing = new ArrayList<String>();
        chat.submit(ask("hi"), sockets, tasks -> {
            if (tasks.getFirst().task().kind() == Task.Kind.ANSWER) {
                seenBeforeQueueing.addAll(types());
            }
            queue.send(tasks);
        });
        assertThat(seenBeforeQueueing).containsExactly("response.created", "response.queued");
        assertThat(queue.waiting())
                .containsExactly(
                        new DelayedTask(prompt(Task.Kind.WATCHDOG), Intake.WATCHDOG_DELAY),
                        new DelayedTask(prompt(Task.Kind.ANSWER), Duration.ZERO));
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.QUEUED);
        assertSocketSawTheLog();
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
        assertSocketSawTheLog();
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
    void eventsOfTheProtocolThatTheSchemaLacksPassThrough() throws Exception {
        submitAndAnswer(ScriptedModel.playing(
                accept(say("response.hologram.delta", "{'delta':{'x':1.50},'y':null}"), completed(""))));
        assertThat(sockets.received(SOCKET).get(3))
                .isEqualTo(
                        "{\"type\":\"response.hologram.delta\",\"sequence_number\":3,\"delta\":{\"x\":1.50},\"y\":null}");
    }

    @ParameterizedTest
    @EnumSource(ModelFailure.class)
    void modelThatKeepsRefusingFailsTheResponseWithACode(ModelFailure failure) throws Exception {
        var model = ScriptedModel.playing(refuse(failure));
        submitAndAnswer(model);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.failed");
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo(failure.code());
        assertThat(model.requests()).hasSize(failure.worthRetrying() ? 3 : 1);
        assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.FAILED);
        assertSocketSawTheLog();
    }

    @Test
    void busyModelIsAskedAgainWhenItSaysSoAndTheClientSeesNothingOfIt() throws Exception {
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
            names = {"DISCONNECTED", "STALLED", "NONSENSE", "BROKEN"})
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
    void theModelsOwnFailureIsPassedOn() throws Exception {
        submitAndAnswer(ScriptedModel.playing(
                accept(say("response.failed", "{'response':{'error':{'code':'content_filter','message':'no'}}}"))));
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("content_filter");
        assertThat(received().getLast().at("/response/status").textValue()).isEqualTo("failed");
    }

    @Test
    void bugInAnAdapterEndsTheResponseAndIsReportedToTheOperator() throws Exception {
        submitAndAnswer(ScriptedModel.playing(accept(burst())));
        assertThat(trace()).endsWith(";response.failed");
        assertThat(received().getLast().at("/response/error/message").textValue())
                .doesNotContain("burst");
        assertThat(signals)
                .anyMatch(signal ->
                        signal instanceof Signal.Broken(var _, var cause) && "burst".equals(cause.getMessage()));
    }

    @Test
    void clientThatLeavesDoesNotEndTheAnswer() throws Exception {
        submit("hi");
        sockets.close(SOCKET);
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertThat(log.read(ID, -1).getLast().type()).isEqualTo("response.completed");
        assertThat(types()).containsExactly("response.created", "response.queued");
    }

    @Test
    void queueThatFailsEndsTheResponse() throws Exception {
        chat.submit(ask("hi"), sockets, _ -> {
            throw new IllegalStateException("no queue");
        });
        assertThat(trace()).isEqualTo("response.created;response.queued;response.failed");
        assertSocketSawTheLog();
    }

    @Test
    void functionThatDiesBeforeItQueuesAnAcceptedPromptLeavesItsCheck() {
        assertThatThrownBy(() -> chat.submit(ask("hi"), sockets, tasks -> {
                    if (tasks.getFirst().task().kind() == Task.Kind.ANSWER) {
                        throw new Killed();
                    }
                    queue.send(tasks);
                }))
                .isInstanceOf(Killed.class);
        assertThat(types()).containsExactly("response.created", "response.queued");
        assertThat(queue.waiting()).containsExactly(new DelayedTask(prompt(Task.Kind.WATCHDOG), Intake.WATCHDOG_DELAY));
    }

    @Test
    void requestThatCannotBeLoggedTakesNoPlace() throws Exception {
        var broken = chat(failing(log, "create"));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> broken.submit(ask("hi"), sockets, queue)).hasMessage("no table");
            assertThatThrownBy(() -> broken.respond(
                            askOverHttp(),
                            deadline(),
                            ScriptedModel.playing(answer("x")),
                            sockets,
                            queue,
                            (_, _) -> SendResult.DELIVERED))
                    .hasMessage("no table");
        }
        assertThat(quota.admitQueued(GROUP, ResponseIds.of("x"), deadline())).isEqualTo(Quota.Admission.ADMITTED);
        assertThat(quota.admitQueued(GROUP, ResponseIds.of("y"), deadline())).isEqualTo(Quota.Admission.ADMITTED);
        assertThat(quota.admitRunning(GROUP, ResponseIds.of("x"), deadline())).isEqualTo(Quota.Admission.ADMITTED);
        assertThat(quota.admitRunning(GROUP, ResponseIds.of("y"), deadline())).isEqualTo(Quota.Admission.ADMITTED);
    }

    @Test
    void loggedButUnsentTerminalEventIsSentOnRedelivery() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), deadline());
        log.append(new Append(
                ID,
                1,
                Status.COMPLETED,
                deadline(),
                4,
                Subscriptions.of(ClientSocket.of(SOCKET), 1),
                deadline(),
                List.of(new Event(2, "response.in_progress", "{}"), new Event(3, "response.completed", "{}"))));
        // Others of its group take all places meanwhile.
        quota.admitRunning(GROUP, ResponseIds.of("x"), deadline());
        quota.admitRunning(GROUP, ResponseIds.of("y"), deadline());
        assertThat(chat.answer(prompt(Task.Kind.ANSWER), 2, deadline(), ScriptedModel.playing(answer("x")), sockets))
                .isEqualTo(AnswerOutcome.DONE);
        assertSocketSawTheLog();
    }

    @Test
    void promptThatComesTwiceIsAnsweredOnce() throws Exception {
        var model = ScriptedModel.playing(answer("Hello"));
        submitAndAnswer(model);
        var sent = sockets.received(SOCKET).size();
        assertThat(chat.answer(prompt(Task.Kind.ANSWER), 1, deadline(), model, sockets))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(sockets.received(SOCKET)).hasSize(sent);
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void redeliveryDuringAnAnswerIsPutBackAndChangesNothing() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), deadline());
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.LATER);
        assertThat(types()).containsExactly("response.created", "response.queued");
    }

    @Test
    void checkOfAnAnswerUnderWayIsDoneWith() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), deadline());
        assertThat(chat.answer(prompt(Task.Kind.WATCHDOG), 1, deadline(), ScriptedModel.playing(answer("x")), sockets))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void checkAnswersAPromptThatGotLost() throws Exception {
        submit("hi");
        var _ = queue.poll();
        var check = queue.poll(Intake.WATCHDOG_DELAY).orElseThrow();
        assertThat(chat.answer(check, 1, deadline(), ScriptedModel.playing(answer("Hello")), sockets))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).endsWith("Hello;response.completed");
    }

    @Test
    void unknownPromptIsDoneWith() throws Exception {
        var unknown = new Task(ResponseIds.of("none"), GROUP, Task.Kind.ANSWER);
        assertThat(chat.answer(unknown, 1, deadline(), ScriptedModel.playing(answer("x")), sockets))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void takeoverAfterOutputAnnouncesEveryNumberPossiblyShown() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), time.instant().plusSeconds(1));
        log.renew(ID, 1, time.instant().plusSeconds(1), 6);
        log.append(new Append(
                ID,
                1,
                Status.IN_PROGRESS,
                time.instant().plusSeconds(1),
                6,
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
    void attemptThatTakesOverBeforeOutputIsNotSeen() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), time.instant().plusSeconds(1));
        time.advance(Duration.ofSeconds(2));
        answerNext(ScriptedModel.playing(answer("Hello")));
        assertThat(trace())
                .isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
                        + "response.content_part.added;Hello;response.completed");
        assertSocketSawTheLog();
    }

    @Test
    void answerThatWasBegunTooOftenIsGivenUp() throws Exception {
        submit("hi");
        for (int attempt = 1; attempt <= 3; attempt++) {
            log.claim(ID, time.instant(), time.instant().plusSeconds(1));
            time.advance(Duration.ofSeconds(2));
        }
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.failed");
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("gave_up");
        assertSocketSawTheLog();
    }

    @Test
    void promptOfTheDeadLetterQueueEndsItsResponse() throws Exception {
        submit("hi");
        assertThat(chat.giveUp(prompt(Task.Kind.ANSWER), sockets)).isEqualTo(GiveUpOutcome.FAILED);
        assertThat(received().getLast().at("/response/error/code").textValue()).isEqualTo("gave_up");
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.DONE);
        assertSocketSawTheLog();
    }

    @Test
    void promptOfTheDeadLetterQueueWhoseResponseWasAnsweredIsNeedless() throws Exception {
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        assertThat(chat.giveUp(prompt(Task.Kind.ANSWER), sockets)).isEqualTo(GiveUpOutcome.NEEDLESS);
        assertSocketSawTheLog();
    }

    @Test
    void holderOfARunOutLeaseStopsBeforeTheNextPost() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        assertThat(chat.answer(queue.poll().orElseThrow(), 1, deadline(), model, new LateSockets()))
                .isEqualTo(AnswerOutcome.LOST);
        assertThat(types()).containsExactly("response.created", "response.queued", "response.in_progress");
        assertThat(model.openStreams()).isZero();
    }

    @Test
    void answerThatOutlastsItsTimeEndsIncompleteAndLetsTheModelGo() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(accept(stayOpen()));
        chat.answer(queue.poll().orElseThrow(), 1, time.instant().plusSeconds(5), model, sockets);
        assertThat(received()
                        .getLast()
                        .at("/response/incomplete_details/reason")
                        .textValue())
                .isEqualTo("time_limit");
        assertThat(trace()).endsWith(";response.incomplete");
    }

    // ---- stop -----------------------------------------------------------------------------------------------------

    @Test
    void queuedResponseThatIsCancelledNeverStarts() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.empty(), sockets);
        assertThat(trace()).isEqualTo("response.created;response.queued;response.incomplete");
        assertThat(received()
                        .getLast()
                        .at("/response/incomplete_details/reason")
                        .textValue())
                .isEqualTo("cancelled");
        assertThat(answerNext(model)).isEqualTo(AnswerOutcome.DONE);
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void cancelOfARunningResponseClosesTheModelAndKeepsTheOutput() throws Exception {
        submit("hi");
        var model = ScriptedModel.playing(accept(
                say(
                        "response.output_item.added",
                        "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}"),
                say(
                        "response.content_part.added",
                        "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}"),
                say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'Hel'}"),
                stayOpen()));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> answerNext(model));
            sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
            chat.cancel(ID, Subject.ANONYMOUS, Optional.empty(), sockets);
            time.advance(Duration.ofSeconds(1));
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertThat(model.openStreams()).isZero();
        assertThat(received().getLast().at("/response/output/0/content/0/text").textValue())
                .isEqualTo("Hel");
        assertThat(received()
                        .getLast()
                        .at("/response/incomplete_details/reason")
                        .textValue())
                .isEqualTo("cancelled");
        assertSocketSawTheLog();
    }

    @Test
    void socketThatStopsAQueuedResponseItDoesNotFollowIsToldTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets);
        assertThat(sockets.received(second))
                .isEqualTo(log.read(ID, 1).stream().map(Event::json).toList());
        assertSocketSawTheLog();
    }

    @Test
    void socketThatStopsARunningResponseItDoesNotFollowIsToldTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> answerNext(ScriptedModel.playing(accept(delta("Hel"), stayOpen()))));
            sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
            chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets);
            time.advance(Duration.ofSeconds(1));
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertThat(sockets.received(second).getLast())
                .isEqualTo(log.read(ID, -1).getLast().json());
        assertSocketSawTheLog();
    }

    @Test
    void socketThatStopsAResponseThatHasEndedIsToldTheEnd() throws Exception {
        var second = new ConnectionId("socket-2");
        submitAndAnswer(ScriptedModel.playing(answer("Hello")));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), sockets);
        assertThat(sockets.received(second))
                .containsExactly(log.read(ID, -1).getLast().json());
    }

    @Test
    void foreignAndUnknownResponsesAreAlikeNotThere() throws Exception {
        submit("hi");
        var other = new Subject("somebody else");
        for (var id : List.of(ID, ResponseIds.of("none"))) {
            assertNotFound(() -> chat.cancel(id, other, Optional.of(ClientSocket.of(SOCKET)), sockets));
            assertNotFound(() -> chat.resume(id, other, ClientSocket.of(SOCKET), -1, sockets, queue));
            assertNotFound(() -> chat.retrieve(id, other));
            assertNotFound(() -> chat.delete(id, other));
            assertNotFound(() -> chat.follow(id, other, -1, queue, (_, _) -> SendResult.DELIVERED, deadline()));
        }
    }

    // ---- sockets that come and go ---------------------------------------------------------------------------------

    @Test
    void answerGoesOnWithoutASocketForTheGracePeriodAndThenStops() throws Exception {
        submit("hi");
        sockets.close(SOCKET);
        var model = ScriptedModel.playing(accept(stayOpen()));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> answerNext(model));
            awaitSignal(Signal.Unattended.class);
            pass(Duration.ofSeconds(55));
            assertThat(model.openStreams()).isOne();
            pass(Duration.ofSeconds(10));
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertThat(log.read(ID, -1).getLast().json()).contains("client_gone");
        assertThat(model.openStreams()).isZero();
    }

    @Test
    void resumeOfARunningAnswerSendsMissedAndLaterEvents() throws Exception {
        var second = new ConnectionId("socket-2");
        submit("hi");
        var go = new CountDownLatch(1);
        var model = ScriptedModel.playing(accept(delta("Hel"), pause(go), delta("lo"), completed("Hello")));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> answerNext(model));
            sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
            chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(second), 0, sockets, queue);
            time.advance(Duration.ofSeconds(1));
            sockets.awaitMessage(second, message -> message.contains("Hel"));
            go.countDown();
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertSocketSawTheLog();
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
        assertSocketSawTheLog();
        assertThat(sockets.received(second)).isEqualTo(sockets.received(SOCKET));
    }

    @Test
    void resumeOfAnOverdueQueuedAnswerQueuesAReminder() throws Exception {
        submit("hi");
        var kept = queue.waiting();
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).isEqualTo(kept);
        time.advance(Intake.QUEUED_TIMEOUT.plusSeconds(1));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).hasSize(kept.size() + 1).contains(REMINDER);
    }

    @Test
    void resumeOfAnAnswerWhoseWorkerDiedQueuesAReminder() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), time.instant().plusSeconds(12));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).doesNotContain(REMINDER);
        time.advance(Duration.ofSeconds(13));
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        assertThat(queue.waiting()).contains(REMINDER);
    }

    @Test
    void reminderThatCannotBeSentKeepsNothingFromAReader() throws Exception {
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
    void reminderIsDroppedWhereItCannotBeHeeded() throws Exception {
        submit("hi");
        quota.admitRunning(GROUP, ResponseIds.of("x"), deadline());
        quota.admitRunning(GROUP, ResponseIds.of("y"), deadline());
        var model = ScriptedModel.playing(answer("Hello"));
        assertThat(chat.answer(REMINDER.task(), 1, deadline(), model, sockets)).isEqualTo(AnswerOutcome.DONE);
        quota.release(GROUP, ResponseIds.of("x"));
        log.claim(ID, time.instant(), deadline());
        assertThat(chat.answer(REMINDER.task(), 1, deadline(), model, sockets)).isEqualTo(AnswerOutcome.DONE);
        assertThat(model.requests()).isEmpty();
    }

    @Test
    void slowSocketDoesNotHoldUpAnother() throws Exception {
        var slow = new ConnectionId("slow");
        submit("hi");
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(slow), 1, sockets, queue);
        var release = sockets.hold(slow);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> answerNext(ScriptedModel.playing(answer("Hello"))));
            sockets.awaitMessage(SOCKET, message -> message.contains("response.completed"));
            assertThat(sockets.received(slow)).isEmpty();
            release.countDown();
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertThat(sockets.received(slow))
                .isEqualTo(log.read(ID, 1).stream().map(Event::json).toList());
    }

    @Test
    void numbersAreReservedWhileWhatPrecedesTheOutputIsBeingSent() throws Exception {
        submit("hi");
        var release = sockets.hold(SOCKET);
        // An append would reserve numbers, too.
        var appendingSeldom = chat(log, Duration.ofHours(1));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answered = threads.submit(() -> appendingSeldom.answer(
                    queue.poll().orElseThrow(), 1, deadline(), ScriptedModel.playing(answer("Hello")), sockets));
            try {
                while (log.find(ID).orElseThrow().reservedThrough() <= Execution.QUEUED.inProgressNumber()) {
                    requireTime();
                }
                assertThat(types()).doesNotContain("response.in_progress");
            } finally {
                release.countDown();
            }
            assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        }
        assertSocketSawTheLog();
    }

    @Test
    void readerWithoutASocketFollowsToTheEnd() throws Exception {
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
    void followOfAnAnswerWhoseWorkerDiedQueuesAReminder() throws Exception {
        submit("hi");
        log.claim(ID, time.instant(), time.instant().plusSeconds(12));
        var reminded = new ArrayList<DelayedTask>();
        TaskQueue answering = tasks -> {
            reminded.addAll(tasks);
            queue.send(tasks);
        };
        var followed = new ArrayList<Event>();
        Sink sink = (event, _) -> {
            followed.add(event);
            return SendResult.DELIVERED;
        };
        // Time goes on by each look.
        var patient = chat(log, Duration.ZERO, duration -> {
            time.advance(duration);
            if (!reminded.isEmpty()) {
                chat.answer(reminded.getFirst().task(), 1, deadline(), ScriptedModel.playing(answer("Hello")), sockets);
            }
        });
        patient.follow(ID, Subject.ANONYMOUS, 1, answering, sink, deadline());
        assertThat(reminded).containsExactly(REMINDER);
        assertThat(followed)
                .isEqualTo(log.read(ID, 1))
                .last()
                .matches(event -> event.type().equals("response.completed"));
    }

    // ---- asking twice, history, limits, removal -------------------------------------------------------------------

    @Test
    void repeatWithTheSameMarkIsTheSameResponse() throws Exception {
        var marked = new Submission(
                CreateRequest.ofText("hi"), Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), GROUP, key("m-1"));
        var first = chat.submit(marked, sockets, queue);
        var model = ScriptedModel.playing(answer("Hello"));
        answerNext(model);
        var second = new ConnectionId("socket-2");
        var again = new Submission(
                CreateRequest.ofText("hi"), Subject.ANONYMOUS, Optional.of(ClientSocket.of(second)), GROUP, key("m-1"));
        assertThat(chat.submit(again, sockets, queue)).isEqualTo(first);
        assertThat(sockets.received(second))
                .isEqualTo(log.read(first, -1).stream().map(Event::json).toList());
        assertThat(queue.poll()).isEmpty();
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void otherWordsWithTheSameMarkAreAnotherResponse() throws Exception {
        var one = new Submission(
                CreateRequest.ofText("one"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                GROUP,
                key("m-1"));
        var two = new Submission(
                CreateRequest.ofText("two"),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                GROUP,
                key("m-1"));
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
    void whatIsNotStoredIsContinuedOnTheSocketThatMadeItAlone() throws Exception {
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
    void groupThatHasTooManyWaitingIsToldSo() throws Exception {
        var _ = submitOther(CreateRequest.ofText("1"), SOCKET);
        var _ = submitOther(CreateRequest.ofText("2"), SOCKET);
        assertRefused("too_many_requests", () -> submitOther(CreateRequest.ofText("3"), SOCKET));
    }

    @Test
    void promptBeyondWhatMayRunIsPutBack() throws Exception {
        submit("hi");
        quota.admitRunning(GROUP, ResponseIds.of("x"), deadline());
        quota.admitRunning(GROUP, ResponseIds.of("y"), deadline());
        assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(AnswerOutcome.LATER);
        quota.release(GROUP, ResponseIds.of("x"));
        assertThat(chat.answer(
                        prompt(Task.Kind.ANSWER), 1, deadline(), ScriptedModel.playing(answer("Hello")), sockets))
                .isEqualTo(AnswerOutcome.DONE);
    }

    @Test
    void endedResponseIsRetrievedAndRemoved() throws Exception {
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
        chat.respond(askOverHttp(), deadline(), ScriptedModel.playing(answer("Hello")), sockets, queue, (event, _) -> {
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
    void respondingWithARefusedRequestNeverSaysInProgress() throws Exception {
        var events = new ArrayList<Event>();
        chat.respond(
                askOverHttp(),
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
    void logThatFailsSendsThePromptBack() throws Exception {
        var broken = chatOnFailing(failing(log, "append"));
        submit("hi");
        var model = ScriptedModel.playing(answer("Hello"));
        assertThatThrownBy(() -> broken.answer(prompt(Task.Kind.ANSWER), 1, deadline(), model, sockets))
                .hasMessage("no table");
        assertThat(model.openStreams()).isZero();
        assertThat(types()).doesNotContain("response.completed");
    }

    @Test
    void appendWhoseAnswerGotLostIsNoLostLease() throws Exception {
        submit("hi");
        assertThat(chatOnFailing(deaf(log))
                        .answer(
                                prompt(Task.Kind.ANSWER),
                                1,
                                deadline(),
                                ScriptedModel.playing(answer("Hello")),
                                sockets))
                .isEqualTo(AnswerOutcome.DONE);
        assertThat(trace()).endsWith("Hello;response.completed");
        assertSocketSawTheLog();
    }

    private void submit(String words) throws Exception {
        submit(CreateRequest.ofText(words));
    }

    private void submit(CreateRequest request) throws Exception {
        var _ = chat.submit(
                new Submission(
                        request, Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), GROUP, Optional.empty()),
                sockets,
                queue);
    }

    /** Under an id of its own. */
    private ResponseId submitOther(CreateRequest request, ConnectionId connection) throws Exception {
        return chat.submit(
                new Submission(
                        request,
                        Subject.ANONYMOUS,
                        Optional.of(ClientSocket.of(connection)),
                        GROUP,
                        key("mark " + request)),
                sockets,
                queue);
    }

    private static Submission ask(String words) throws ApiException {
        return new Submission(
                CreateRequest.ofText(words),
                Subject.ANONYMOUS,
                Optional.of(ClientSocket.of(SOCKET)),
                GROUP,
                Optional.empty());
    }

    private static Optional<IdempotencyKey> key(String value) {
        return Optional.of(IdempotencyKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.1"), value));
    }

    private static Submission askOverHttp() throws ApiException {
        return new Submission(CreateRequest.ofText("hi"), Subject.ANONYMOUS, Optional.empty(), GROUP, Optional.empty());
    }

    private static Task prompt(Task.Kind kind) {
        return new Task(ID, GROUP, kind);
    }

    private void submitAndAnswer(Model model) throws Exception {
        submit("hi");
        assertThat(answerNext(model)).isEqualTo(AnswerOutcome.DONE);
    }

    private AnswerOutcome answerNext(Model model) throws Exception {
        return chat.answer(queue.poll().orElseThrow(), 1, deadline(), model, sockets);
    }

    private Chat chat(ResponseLog theLog) {
        return chat(theLog, Duration.ZERO);
    }

    private Chat chat(ResponseLog theLog, Duration append) {
        return chat(theLog, append, slept::add);
    }

    private Chat chat(ResponseLog theLog, Duration append, Sleeper sleeper) {
        return chat(theLog, new LogIntervals(append, Duration.ofMillis(1), Duration.ofSeconds(20)), sleeper);
    }

    /** The clock stands still here, so a request that failed is made again without a pause. */
    private Chat chatOnFailing(ResponseLog theLog) {
        return chat(theLog, new LogIntervals(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(20)), slept::add);
    }

    private Chat chat(ResponseLog theLog, LogIntervals intervals, Sleeper sleeper) {
        var settings = new AnswerSettings(
                Duration.ZERO,
                new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1)),
                Duration.ofMinutes(1),
                3,
                history,
                intervals);
        return TestChats.chat(theLog, quota, () -> ID, time.sleepingBy(sleeper), settings, signals::add);
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    /** Time goes on, no faster than the attempt can prolong its lease. */
    private void pass(Duration duration) {
        for (var left = duration; left.isPositive(); left = left.minusSeconds(5)) {
            time.advance(Duration.ofSeconds(5));
            var prolonged = time.instant().plusSeconds(19);
            while (log.find(ID)
                    .filter(it -> !it.status().ended() && it.leaseUntil().isBefore(prolonged))
                    .isPresent()) {
                Thread.onSpinWait();
            }
        }
    }

    /** The same log, but for one method. */
    private static ResponseLog failing(ResponseLog log, String failing) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals(failing)) {
                        throw new IllegalStateException("no table");
                    }
                    return method.invoke(log, arguments);
                });
    }

    /** The same log, whose appends are written and not answered, but for every other one. */
    private static ResponseLog deaf(ResponseLog log) {
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

    /** What ends a function without a word. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    private static String restarted(int number) {
        return "{\"type\":\"rill:response.restarted\",\"sequence_number\":" + number + ",\"attempt\":2}";
    }

    /** In a loop that waits: lets it end when the test's time is over. */
    private static void requireTime() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("not in time");
        }
        Thread.onSpinWait();
    }

    /** Time goes on, but not so fast that the lease could run out. */
    private void awaitSignal(Class<? extends Signal> kind) {
        while (signals.stream().noneMatch(kind::isInstance)) {
            var soon = time.instant().plusSeconds(15);
            if (log.find(ID).filter(it -> it.leaseUntil().isAfter(soon)).isPresent()) {
                time.advance(Duration.ofMillis(2));
            }
            Thread.onSpinWait();
        }
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

    /** What a slow machine does: hours pass with every message. */
    private final class LateSockets implements Sockets {
        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck)
                throws InterruptedException {
            var delivery = sockets.post(connection, message, leaseCheck);
            time.advance(Duration.ofHours(1));
            return delivery;
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

    /** Types in order, and for runs of deltas their text: how a run is cut depends on how fast it came. */
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

    private void assertSocketSawTheLog() {
        var logged = log.read(ID, -1);
        assertThat(sockets.received(SOCKET))
                .isEqualTo(logged.stream().map(Event::json).toList());
        for (int i = 0; i < logged.size(); i++) {
            assertThat(logged.get(i).sequenceNumber()).isEqualTo(i);
        }
    }
}
