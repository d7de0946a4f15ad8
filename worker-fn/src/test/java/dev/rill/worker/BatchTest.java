package dev.rill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse.BatchItemFailure;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.CreateRequest;
import dev.rill.chat.Model;
import dev.rill.chat.ResponseId;
import dev.rill.chat.Retries;
import dev.rill.chat.ScriptedModel;
import dev.rill.chat.SocketSink;
import dev.rill.chat.Status;
import dev.rill.chat.Subject;
import dev.rill.chat.memory.InMemoryPromptQueue;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.ManualClock;
import dev.rill.chat.memory.RecordingSockets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BatchTest {

  private static final ConnectionId SOCKET = new ConnectionId("socket-1");

  private final ManualClock clock = new ManualClock();
  private final InMemoryResponseLog log = new InMemoryResponseLog(clock, Duration.ofDays(1));
  private final InMemoryPromptQueue queue = new InMemoryPromptQueue();
  private final RecordingSockets sockets = new RecordingSockets();
  private final AtomicInteger ids = new AtomicInteger();
  private final Chat chat = new Chat(log, () -> new ResponseId("resp_" + ids.incrementAndGet()), clock, _ -> {},
      new ChatSettings("default-model", Duration.ZERO, Duration.ZERO,
          new Retries(1, Duration.ZERO, Duration.ZERO, new Random(1))),
      _ -> {});

  @Test
  void promptsOfABatchAreAnsweredSideBySide() throws Exception {
    var together = new CyclicBarrier(3);
    var scripted = ScriptedModel.playing(ScriptedModel.answer("Hello"));
    Model model = request -> {
      try {
        together.await();
      } catch (java.util.concurrent.BrokenBarrierException e) {
        throw new IllegalStateException(e);
      }
      return scripted.open(request);
    };
    assertThat(handle(model, submit(), submit(), submit())).isEmpty();
    for (int i = 1; i <= 3; i++) {
      assertThat(log.find(new ResponseId("resp_" + i)).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    }
  }

  @Test
  void whatMustComeAgainIsReportedAloneAndInOrder() throws Exception {
    var first = submit();
    var held = submit();
    log.claim(new ResponseId("resp_2"), clock.instant(), clock.instant().plusSeconds(60));
    var last = submit();
    assertThat(handle(ScriptedModel.playing(ScriptedModel.answer("Hello")), first, "no prompt", held, last))
        .containsExactly("m1", "m2");
    assertThat(log.find(new ResponseId("resp_3")).orElseThrow().status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void modelThatFailsIsAnAnswerAndNoReasonToComeAgain() throws Exception {
    assertThat(handle(ScriptedModel.playing(ScriptedModel.refuse(dev.rill.chat.ModelFailure.REJECTED)), submit()))
        .isEmpty();
    assertThat(sockets.received(SOCKET).getLast()).contains("\"type\":\"response.failed\"").contains("invalid_prompt");
  }

  private String submit() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    var prompt = queue.poll().orElseThrow();
    return "{\"response_id\":\"" + prompt.responseId() + "\",\"subject\":\"" + prompt.subject().value() + "\"}";
  }

  /** What the function answers to a batch of these bodies, whose ids are m0, m1 and so on. */
  private List<String> handle(Model model, String... bodies) {
    var event = new SQSEvent();
    var records = new ArrayList<SQSEvent.SQSMessage>();
    for (var body : bodies) {
      var message = new SQSEvent.SQSMessage();
      message.setMessageId("m" + records.size());
      message.setBody(body);
      records.add(message);
    }
    event.setRecords(records);
    var handler = new WorkerHandler(new Batch(chat, model, header -> new SocketSink(sockets, header.attached())),
        clock, null);
    return handler.handleRequest(event, new TestContext(Duration.ofSeconds(60)))
        .getBatchItemFailures().stream().map(BatchItemFailure::getItemIdentifier).toList();
  }
}
