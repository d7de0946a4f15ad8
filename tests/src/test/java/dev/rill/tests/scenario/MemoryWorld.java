package dev.rill.tests.scenario;

import dev.rill.chat.Answered;
import dev.rill.chat.ApiError;
import dev.rill.chat.ApiException;
import dev.rill.chat.Ask;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.ClientMessage;
import dev.rill.chat.Connection;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Connections;
import dev.rill.chat.Delivery;
import dev.rill.chat.Fitting;
import dev.rill.chat.Group;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Ids;
import dev.rill.chat.Permit;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.PromptQueue.Sending;
import dev.rill.chat.Retries;
import dev.rill.chat.ServerMessage;
import dev.rill.chat.Sockets;
import dev.rill.chat.Subject;
import dev.rill.chat.Subprotocol;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryPromptQueue;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
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
 * Rill's flow in this process: the ports in memory, the model's over HTTP. Virtual threads play the worker, one for each prompt that
 * is queued. Close it; that waits for the answers under way.
 */
final class MemoryWorld implements World, AutoCloseable {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration MODEL_IDLE = Duration.ofSeconds(2);

  private final Clock clock = Clock.systemUTC();
  private final Connections connections = new InMemoryConnections(clock);
  private final Map<ConnectionId, Inbox> inboxes = new ConcurrentHashMap<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final InMemoryPromptQueue queue = new InMemoryPromptQueue();
  private final Sockets sockets = new Inboxes();
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final SimulatedModel simulated;
  private final OpenAiModel model;
  private final Chat chat;

  MemoryWorld() throws IOException {
    var random = new SecureRandom();
    simulated = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT, 1, clock);
    model = new OpenAiModel(new OpenAiSettings(simulated.baseUrl(), () -> "", SimulatedModel.NAME, MODEL_IDLE,
        Duration.ofSeconds(10)), clock);
    chat = new Chat(new InMemoryResponseLog(clock), new InMemoryQuota(clock, 10, 50), Ids.random(random), clock,
        Thread::sleep, ChatSettings.of(SimulatedModel.NAME, Duration.ofMillis(80),
            new Retries(3, Duration.ofMillis(20), Duration.ofSeconds(1), random), Duration.ofMinutes(1),
            Duration.ofHours(1)),
        _ -> {});
  }

  @Override
  public Socket connect(List<String> subprotocols) {
    var id = new ConnectionId("socket-" + connected.incrementAndGet());
    var inbox = new Inbox();
    inboxes.put(id, inbox);
    connections.add(new Connection(id, Subject.ANONYMOUS, Subprotocol.of(Subprotocol.choose(subprotocols).orElse("")),
        clock.instant(), clock.instant().plus(LIMIT)));
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
        .anyMatch(request -> request.prompt().equals(prompt) && request.endedAt().isEmpty());
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
    switch (ClientMessage.parse(text, Fitting.SOCKET_MESSAGE_BYTES)) {
      case ClientMessage.Ping(var eventId) -> sockets.post(from, ServerMessage.pong(eventId), Permit.ALWAYS);
      case ClientMessage.Rejected(var error, var eventId) -> refuse(from, error, eventId);
      case ClientMessage.Create(var request, var eventId) -> answering(from, eventId, () -> {
        PromptQueue waking = prompts -> {
          queue.send(prompts);
          workers.execute(this::work);
        };
        chat.submit(
            new Ask(request, subject, Optional.of(connection.socket()), Group.of(subject, Optional.of(from.value())),
                Optional.ofNullable(eventId).map(key -> IdempotencyKey.of(subject, Optional.of("127.0.0.1"), key))),
            sockets, waking);
      });
      case ClientMessage.Cancel(var response, var eventId) ->
        answering(from, eventId, () -> chat.cancel(response, subject, Optional.of(connection.socket()), sockets));
      case ClientMessage.Resume(var response, var startingAfter, var eventId) ->
        answering(from, eventId,
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
    sockets.post(from, ServerMessage.error(error, eventId), Permit.ALWAYS);
  }

  /** As worker-fn does it. */
  private void work() {
    var prompt = queue.poll();
    if (prompt.isEmpty()) {
      return;
    }
    try {
      if (chat.answer(prompt.get(), 1, clock.instant().plus(LIMIT), model, sockets) == Answered.LATER) {
        queue.send(List.of(new Sending(prompt.get(), Duration.ZERO)));
        workers.execute(this::work);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Inboxes implements Sockets {
    @Override
    public Delivery post(ConnectionId to, String message, Permit permit) {
      if (!permit.given()) {
        return Delivery.WITHHELD;
      }
      var inbox = inboxes.get(to);
      if (inbox == null) {
        return Delivery.GONE;
      }
      inbox.put(message);
      return Delivery.DELIVERED;
    }

    @Override
    public void close(ConnectionId connection) {
      inboxes.remove(connection);
    }
  }
}
