package dev.rill.tests.scenario;

import dev.rill.chat.AnswerOutcome;
import dev.rill.chat.Chat;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Ids;
import dev.rill.chat.Submission;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.queue.TaskQueue.DelayedTask;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import dev.rill.local.model.Behaviour;
import dev.rill.local.model.SimulatedModel;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Rill's flow in this process: the ports in memory, the model's over HTTP. Virtual threads play the worker, one for
 * each prompt that is queued. Close it; that waits for the answers under way.
 */
final class MemoryWorld implements World, AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration MODEL_IDLE = Duration.ofSeconds(2);

    private final Clock clock = Clock.systemUTC();
    private final Connections connections = new InMemoryConnections(clock);
    private final Map<ConnectionId, Inbox> inboxes = new ConcurrentHashMap<>();
    private final AtomicInteger connected = new AtomicInteger();
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final Sockets sockets = new Inboxes();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final SimulatedModel simulated;
    private final OpenAiModel model;
    private final Chat chat;

    MemoryWorld() throws IOException {
        var random = new SecureRandom();
        simulated = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT, 1, clock);
        model = new OpenAiModel(
                new OpenAiSettings(
                        simulated.baseUrl(), () -> "", SimulatedModel.NAME, MODEL_IDLE, Duration.ofSeconds(10)),
                clock);
        chat = TestChats.chat(
                new InMemoryResponseLog(clock),
                new InMemoryQuota(clock, 10, 50),
                Ids.random(random),
                Time.system(),
                AnswerSettings.of(
                        Duration.ofMillis(80),
                        new Retries(3, Duration.ofMillis(20), Duration.ofSeconds(1), random),
                        Duration.ofMinutes(1)),
                _ -> {});
    }

    @Override
    public Socket connect(List<String> subprotocols) {
        var id = new ConnectionId("socket-" + connected.incrementAndGet());
        var inbox = new Inbox();
        inboxes.put(id, inbox);
        connections.add(new Connection(
                id,
                Subject.ANONYMOUS,
                Subprotocol.of(Subprotocol.choose(subprotocols).orElse("")),
                clock.instant(),
                clock.instant().plus(LIMIT)));
        return new Socket() {
            @Override
            public void send(String text) throws InterruptedException {
                take(id, text);
            }

            @Override
            public String receive() throws InterruptedException {
                return inbox.take();
            }

            @Override
            public void close() {
                inboxes.remove(id);
                connections.remove(id);
            }
        };
    }

    @Override
    public boolean modelIsWriting(String prompt) {
        return simulated.stats().requests().stream()
                .anyMatch(request ->
                        request.prompt().equals(prompt) && request.endedAt().isEmpty());
    }

    @Override
    public void close() {
        workers.close();
        model.close();
        simulated.close();
    }

    /** As message-fn does it. */
    private void take(ConnectionId from, String text) throws InterruptedException {
        var connection = connections.find(from).orElseThrow();
        var subject = connection.subject();
        switch (ClientMessage.parse(text, MessageTrimmer.SOCKET_MESSAGE_BYTES)) {
            case ClientMessage.Ping(var eventId) -> sockets.post(from, ServerMessage.pong(eventId), LeaseCheck.ALWAYS);
            case ClientMessage.Rejected(var error, var eventId) -> refuse(from, error, eventId);
            case ClientMessage.Create(var request, var eventId) ->
                answering(from, eventId, () -> {
                    TaskQueue waking = tasks -> {
                        queue.send(tasks);
                        workers.execute(this::work);
                    };
                    chat.submit(
                            new Submission(
                                    request,
                                    subject,
                                    Optional.of(connection.socket()),
                                    QuotaKey.of(subject, Optional.of(from.value())),
                                    Optional.ofNullable(eventId)
                                            .map(key -> IdempotencyKey.of(subject, Optional.of("127.0.0.1"), key))),
                            sockets,
                            waking);
                });
            case ClientMessage.Cancel(var response, var eventId) ->
                answering(
                        from, eventId, () -> chat.cancel(response, subject, Optional.of(connection.socket()), sockets));
            case ClientMessage.Resume(var response, var startingAfter, var eventId) ->
                answering(
                        from,
                        eventId,
                        () -> chat.resume(response, subject, connection.socket(), startingAfter, sockets, queue));
        }
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws ApiException, InterruptedException;
    }

    private void answering(ConnectionId from, @Nullable String eventId, Deed deed) throws InterruptedException {
        try {
            deed.run();
        } catch (ApiException e) {
            refuse(from, e.error(), eventId);
        }
    }

    private void refuse(ConnectionId from, ApiError error, @Nullable String eventId) throws InterruptedException {
        sockets.post(from, ServerMessage.error(error, eventId), LeaseCheck.ALWAYS);
    }

    /** As worker-fn does it. */
    private void work() {
        var task = queue.poll();
        if (task.isEmpty()) {
            return;
        }
        try {
            if (chat.answer(task.get(), 1, clock.instant().plus(LIMIT), model, sockets) == AnswerOutcome.LATER) {
                queue.send(List.of(new DelayedTask(task.get(), Duration.ZERO)));
                workers.execute(this::work);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Inboxes implements Sockets {
        @Override
        public SendResult post(ConnectionId to, String message, LeaseCheck leaseCheck) {
            if (!leaseCheck.isHeld()) {
                return SendResult.WITHHELD;
            }
            var inbox = inboxes.get(to);
            if (inbox == null) {
                return SendResult.GONE;
            }
            inbox.put(message);
            return SendResult.DELIVERED;
        }

        @Override
        public void close(ConnectionId connection) {
            inboxes.remove(connection);
        }
    }
}
