package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.completed;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.pause;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.Gate;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Retries;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedCall;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests of subscriptions: superseded sockets, terminal events that are being sent, and events larger than a message.
 */
@Timeout(20)
class SubscribersTest {

    private static final Duration LEASE = Duration.ofSeconds(20);
    private static final QuotaKey QUOTA_KEY = new QuotaKey("g");
    private static final ConnectionId SOCKET = new ConnectionId("socket-1");
    private static final ResponseId ID = ResponseIds.of(1);

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final Chat chat = TestChats.chat(
            log,
            new InMemoryQuota(time),
            () -> ID,
            time,
            new AnswerSettings(
                    Duration.ZERO,
                    Retries.NONE,
                    Duration.ofMinutes(1),
                    3,
                    HistorySettings.DEFAULT,
                    new LogIntervals(Duration.ZERO, Duration.ofMillis(1), LEASE)),
            _ -> {});

    // ---- positions beyond the last event --------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 1, 1_000_000, 17})
    void resumeBeyondTheLastNumberIsSentTheEnd(long startingAfter) throws Exception {
        submit(Subprotocol.OTHER, true);
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(other(0)), startingAfter, sockets, queue);
        assertThat(answerNext(answer("Hello"))).isEqualTo(AnswerOutcome.DONE);
        assertThat(last(other(0)).path("type").textValue()).isEqualTo("response.completed");
        assertSentOnce();
    }

    @Test
    void failedPostToOneSocketDoesNotStopTheOthers() throws Exception {
        submit(Subprotocol.OTHER, true);
        attachOthers(1);
        Sockets brokenSockets = new Sockets() {
            @Override
            public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck)
                    throws InterruptedException {
                if (connection.equals(SOCKET)) {
                    throw new IllegalStateException("no gateway");
                }
                return sockets.post(connection, message, leaseCheck);
            }

            @Override
            public void close(ConnectionId connection) throws InterruptedException {
                sockets.close(connection);
            }
        };
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(other(0))), brokenSockets, queue);
        assertThat(last(other(0)).path("type").textValue()).isEqualTo("response.incomplete");
    }

    // ---- superseded sockets -----------------------------------------------------------------------------

    @Test
    void oldestSocketIsSentTheSupersededError() throws Exception {
        submit(Subprotocol.OTHER, true);
        attachOthers(Subscriptions.MAX_SOCKETS);
        assertThat(last(SOCKET))
                .hasToString("{\"type\":\"error\",\"status\":409,\"error\":{\"type\":"
                        + "\"invalid_request_error\",\"code\":\"superseded\",\"message\":"
                        + last(SOCKET).at("/error/message")
                        + ",\"param\":null},\"response_id\":\"" + ID + "\"}");
        var sent = sockets.received(SOCKET).size();
        answerNext(answer("Hello"));
        assertThat(sockets.received(SOCKET)).hasSize(sent);
        for (int i = 0; i < Subscriptions.MAX_SOCKETS; i++) {
            assertThat(last(other(i)).path("type").textValue()).isEqualTo("response.completed");
        }
    }

    @Test
    void runningAttemptStopsSendingToASupersededSocket() throws Exception {
        submit(Subprotocol.OTHER, true);
        var release = new Gate(time);
        var answered = SimulatedCall.start(
                time,
                "worker",
                () -> answerNext(accept(delta("Hel"), pause(release::await), delta("lo"), completed("Hello"))));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        attachOthers(Subscriptions.MAX_SOCKETS);
        time.advance(Duration.ofSeconds(1));
        sockets.awaitMessage(other(Subscriptions.MAX_SOCKETS - 1), message -> message.contains("Hel"));
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(last(SOCKET).at("/error/code").textValue()).isEqualTo("superseded");
        assertThat(last(other(0)).path("type").textValue()).isEqualTo("response.completed");
    }

    @Test
    void resumeOnTheSameSocketIsReplayedToWhileTheModelIsSilent() throws Exception {
        submit(Subprotocol.OTHER, true);
        var release = new Gate(time);
        var answered = SimulatedCall.start(
                time,
                "worker",
                () -> answerNext(accept(delta("Hel"), pause(release::await), delta("lo"), completed("Hello"))));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        var sent = sockets.received(SOCKET).size();
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), 1, sockets, queue);
        time.advance(Duration.ofSeconds(1));
        assertThat(sockets.received(SOCKET)).hasSizeGreaterThan(sent);
        release.open();
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(last(SOCKET).path("type").textValue()).isEqualTo("response.completed");
    }

    @Test
    void failedSupersededErrorDoesNotRefuseTheNewSocket() throws Exception {
        submit(Subprotocol.OTHER, true);
        attachOthers(Subscriptions.MAX_SOCKETS - 1);
        chat.resume(
                ID,
                Subject.ANONYMOUS,
                ClientSocket.of(other(99)),
                1,
                new Sockets() {
                    @Override
                    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) {
                        throw new IllegalStateException("no gateway");
                    }

                    @Override
                    public void close(ConnectionId connection) {}
                },
                queue);
        answerNext(answer("Hello"));
        assertThat(last(other(99)).path("type").textValue()).isEqualTo("response.completed");
    }

    @Test
    void cancelOnAnExtraSocketIsSentTheEnd() throws Exception {
        submit(Subprotocol.OTHER, true);
        attachOthers(Subscriptions.MAX_SOCKETS - 1);
        var model = ScriptedModel.playing(time, accept(delta("Hel"), ScriptedModel.stayOpen()));
        var answered =
                SimulatedCall.start(time, "worker", () -> chat.answer(task(), deadline(), model, sockets, queue));
        sockets.awaitMessage(SOCKET, message -> message.contains("Hel"));
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(other(99))), sockets, queue);
        time.advance(Duration.ofSeconds(1));
        assertThat(answered.get()).isEqualTo(AnswerOutcome.DONE);
        assertThat(last(other(99)).path("type").textValue()).isEqualTo("response.incomplete");
    }

    // ---- terminal events that are being sent
    // -------------------------------------------------------------------------------

    @Test
    void cancelDoesNotRepeatTheEndThatAWorkerIsSending() throws Exception {
        submit(Subprotocol.OTHER, true);
        var interrupting = new InterruptingSockets(
                () -> chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), sockets, queue));
        answerNext(answer("Hello"), interrupting);
        assertThat(interrupting.done).isTrue();
        assertSentOnce();
    }

    @Test
    void resumeOfAnEndedResponseIsAlwaysSentTheEnd() throws Exception {
        submit(Subprotocol.OTHER, true);
        answerNext(answer("Hello"));
        var end = sockets.received(SOCKET).getLast();
        var number = last(SOCKET).path("sequence_number").longValue();
        for (long after : new long[] {number - 1, number, number + 99_999}) {
            var sent = sockets.received(SOCKET).size();
            chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), after, sockets, queue);
            assertThat(sockets.received(SOCKET).subList(sent, sent + 1)).containsExactly(end);
        }
    }

    @Test
    void twoCancelsOfAQueuedResponseSendTheEndOnce() throws Exception {
        submit(Subprotocol.OTHER, true);
        var requester = Optional.of(ClientSocket.of(SOCKET));
        var interrupting = new InterruptingSockets(() -> chat.cancel(ID, Subject.ANONYMOUS, requester, sockets, queue));
        chat.cancel(ID, Subject.ANONYMOUS, requester, interrupting, queue);
        assertThat(interrupting.done).isTrue();
        assertSentOnce();
    }

    @Test
    void cancelAfterTheLeaseSendsTheEndAgain() throws Exception {
        submit(Subprotocol.OTHER, true);
        answerNext(answer("Hello"));
        var sent = sockets.received(SOCKET).size();
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), sockets, queue);
        assertThat(sockets.received(SOCKET)).hasSize(sent);
        time.advance(LEASE);
        chat.cancel(ID, Subject.ANONYMOUS, Optional.of(ClientSocket.of(SOCKET)), sockets, queue);
        assertThat(last(SOCKET).path("type").textValue()).isEqualTo("response.completed");
        assertThat(sockets.received(SOCKET)).hasSize(sent + 1);
    }

    @Test
    void resumeSendsMissedEventsWhileTheEndIsBeingSent() throws Exception {
        submit(Subprotocol.OTHER, true);
        answerNext(answer("Hello"));
        var sent = sockets.received(SOCKET).size();
        chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(SOCKET), -1, sockets, queue);
        assertThat(sockets.received(SOCKET).subList(sent, 2 * sent))
                .isEqualTo(log.read(ID, -1).stream().map(Event::json).toList());
    }

    // ---- events that are too large --------------------------------------------------------------------------------

    @Test
    void largeEndIsShortenedForARillClient() throws Exception {
        submit(Subprotocol.RILL_V1, true);
        answerNext(tooLarge());
        assertThat(last(SOCKET).path("type").textValue()).isEqualTo("response.completed");
        assertThat(last(SOCKET).path("rill:omitted")).hasToString("[\"/response/output/0/content/0/text\"]");
        assertAllFit();
    }

    @Test
    void largeEndIsAnErrorForAnyOtherClient() throws Exception {
        submit(Subprotocol.OTHER, true);
        answerNext(tooLarge());
        var end = log.read(ID, -1).getLast();
        var error = last(SOCKET);
        assertThat(error.path("type").textValue()).isEqualTo("error");
        assertThat(error.path("status").intValue()).isEqualTo(413);
        assertThat(error.at("/error/code").textValue()).isEqualTo("response_too_large");
        assertThat(error.at("/error/message").textValue()).contains("GET /v1/responses/" + ID + " has it whole");
        assertThat(error.path("response_id").textValue()).isEqualTo(ID.value());
        assertThat(error.path("sequence_number").longValue()).isEqualTo(end.sequenceNumber());
        assertAllFit();
    }

    @Test
    void errorForAnUnstoredResponseNamesStartingAfter() throws Exception {
        submit(Subprotocol.OTHER, false);
        answerNext(tooLarge());
        var before = log.read(ID, -1).getLast().sequenceNumber() - 1;
        assertThat(last(SOCKET).at("/error/message").textValue())
                .contains("GET /v1/responses/" + ID + "?stream=true&starting_after=" + before + " has it whole");
    }

    @Test
    void subprotocolOfAResumedSocketReachesTheWorker() throws Exception {
        submit(Subprotocol.OTHER, true);
        chat.resume(ID, Subject.ANONYMOUS, new ClientSocket(other(0), Subprotocol.RILL_V1), -1, sockets, queue);
        answerNext(tooLarge());
        assertThat(last(SOCKET).path("type").textValue()).isEqualTo("error");
        assertThat(last(other(0)).path("type").textValue()).isEqualTo("response.completed");
        chat.resume(ID, Subject.ANONYMOUS, new ClientSocket(other(1), Subprotocol.RILL_V1), -1, sockets, queue);
        assertThat(sockets.received(other(1))).isEqualTo(sockets.received(other(0)));
    }

    @Test
    void eventsThatRepeatALargeRequestAreDelivered() throws Exception {
        var request = Json.object().put("input", "hi").put("instructions", "i".repeat(100_000));
        request.putArray("tools")
                .addObject()
                .put("type", "function")
                .put("name", "f")
                .put("description", "d".repeat(90_000));
        submit(CreateRequest.of(request), Subprotocol.OTHER);
        answerNext(answer("Hello"));
        assertThat(sockets.received(SOCKET)).hasSize(log.read(ID, -1).size());
        assertThat(message(0).path("rill:omitted")).hasToString("[\"/response/tools/0/description\"]");
        assertAllFit();
    }

    // ---------------------------------------------------------------------------------------------------------------

    private void submit(Subprotocol subprotocol, boolean store) throws Exception {
        submit(CreateRequest.of(Json.object().put("input", "hi").put("store", store)), subprotocol);
    }

    private void submit(CreateRequest request, Subprotocol subprotocol) throws Exception {
        var _ = chat.submit(
                new Submission(
                        request,
                        Subject.ANONYMOUS,
                        Optional.of(new ClientSocket(SOCKET, subprotocol)),
                        QUOTA_KEY,
                        Optional.empty()),
                sockets,
                queue);
    }

    private void attachOthers(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            chat.resume(ID, Subject.ANONYMOUS, ClientSocket.of(other(i)), 1, sockets, queue);
        }
    }

    private AnswerOutcome answerNext(ScriptedModel.Script script) throws Exception {
        return answerNext(script, sockets);
    }

    private AnswerOutcome answerNext(ScriptedModel.Script script, Sockets target) throws Exception {
        return chat.answer(task(), deadline(), ScriptedModel.playing(script), target, queue);
    }

    private static Task task() {
        return new Task(ID, QUOTA_KEY, Task.Kind.ANSWER);
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    /** An answer whose deltas fit into a message, and whose terminal event does not. */
    private static ScriptedModel.Script tooLarge() {
        return answer("w".repeat(70_000), "w".repeat(70_000));
    }

    private static ConnectionId other(int number) {
        return new ConnectionId("other-" + number);
    }

    private ObjectNode last(ConnectionId connection) {
        return Json.findObject(sockets.received(connection).getLast()).orElseThrow();
    }

    private ObjectNode message(int index) {
        return Json.findObject(sockets.received(SOCKET).get(index)).orElseThrow();
    }

    private void assertSentOnce() {
        assertThat(sockets.received(SOCKET))
                .isEqualTo(log.read(ID, -1).stream().map(Event::json).toList());
    }

    private void assertAllFit() {
        assertThat(List.copyOf(sockets.received(SOCKET)))
                .allSatisfy(message -> assertThat(message.getBytes(StandardCharsets.UTF_8).length)
                        .isLessThanOrEqualTo(MessageTrimmer.SOCKET_MESSAGE_BYTES));
    }

    @FunctionalInterface
    private interface Call {
        void make() throws Exception;
    }

    /** Makes a call after the terminal event is in the log and before it is posted. */
    private final class InterruptingSockets implements Sockets {
        private final Call call;
        private volatile boolean done;

        InterruptingSockets(Call call) {
            this.call = call;
        }

        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck)
                throws InterruptedException {
            var event = Json.findObject(message).orElseThrow();
            if (EventTypes.isTerminal(event.path("type").textValue()) && !done) {
                done = true;
                try {
                    call.make();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            return sockets.post(connection, message, leaseCheck);
        }

        @Override
        public void close(ConnectionId connection) {
            sockets.close(connection);
        }
    }
}
