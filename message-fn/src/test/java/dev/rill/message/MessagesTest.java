package dev.rill.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.Connection;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Json;
import dev.rill.chat.Prompt;
import dev.rill.chat.ResponseId;
import dev.rill.chat.Retries;
import dev.rill.chat.Subject;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryPromptQueue;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.ManualClock;
import dev.rill.chat.memory.RecordingSockets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessagesTest {

  private static final ConnectionId SOCKET = new ConnectionId("socket-1");
  private static final Subject ALICE = new Subject("alice");

  private final ManualClock clock = new ManualClock();
  private final InMemoryConnections connections = new InMemoryConnections(clock);
  private final InMemoryPromptQueue queue = new InMemoryPromptQueue();
  private final RecordingSockets sockets = new RecordingSockets();
  private final Chat chat = new Chat(new InMemoryResponseLog(clock, Duration.ofDays(1)), () -> new ResponseId("resp_1"),
      clock,
      _ -> {}, new ChatSettings("default-model", Duration.ZERO, Duration.ZERO,
          new Retries(1, Duration.ZERO, Duration.ZERO, new Random(1))),
      _ -> {});
  private final Messages messages = new Messages(chat, connections, sockets, queue);

  @BeforeEach
  void connect() {
    connections.add(new Connection(SOCKET, ALICE, clock.instant(), clock.instant().plus(Duration.ofHours(2))));
  }

  @Test
  void wordsAreQueuedInTheNameOfWhoIsOnTheSocket() throws Exception {
    messages.receive(SOCKET, "why is the sky blue?");
    assertThat(types()).containsExactly("response.created", "response.queued");
    assertThat(queue.waiting()).containsExactly(new Prompt(new ResponseId("resp_1"), ALICE));
  }

  @Test
  void pingIsAnsweredByPong() throws Exception {
    messages.receive(SOCKET, "{\"type\":\"rill:ping\",\"event_id\":\"p1\"}");
    assertThat(sockets.received(SOCKET)).containsExactly("{\"type\":\"rill:pong\",\"event_id\":\"p1\"}");
  }

  @Test
  void whatCannotBeTakenIsAnErrorAndTheSocketLivesOn() throws Exception {
    messages.receive(SOCKET, "{\"type\":\"response.create\"}");
    messages.receive(SOCKET, "still there?");
    assertThat(types()).containsExactly("error", "response.created", "response.queued");
  }

  @Test
  void promptOnAnExpiredConnectionIsRefused() throws Exception {
    clock.advance(Duration.ofHours(3));
    messages.receive(SOCKET, "hello");
    assertThat(sockets.received(SOCKET)).hasSize(1).first().asString().contains("\"code\":\"connection_expired\"");
    assertThat(queue.waiting()).isEmpty();
  }

  private List<String> types() {
    return sockets.received(SOCKET).stream()
        .map(message -> Json.findObject(message).orElseThrow().path("type").textValue())
        .toList();
  }
}
