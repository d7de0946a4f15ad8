package dev.rill.chat;

import static dev.rill.chat.ScriptedModel.accept;
import static dev.rill.chat.ScriptedModel.answer;
import static dev.rill.chat.ScriptedModel.burst;
import static dev.rill.chat.ScriptedModel.completed;
import static dev.rill.chat.ScriptedModel.delta;
import static dev.rill.chat.ScriptedModel.fail;
import static dev.rill.chat.ScriptedModel.refuse;
import static dev.rill.chat.ScriptedModel.say;
import static dev.rill.chat.ScriptedModel.stayOpen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.memory.InMemoryPromptQueue;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.ManualClock;
import dev.rill.chat.memory.RecordingSockets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(20)
class ChatTest {

  private static final ConnectionId SOCKET = new ConnectionId("socket-1");
  private static final ResponseId ID = new ResponseId("resp_1");

  private final ManualClock clock = new ManualClock();
  private final InMemoryResponseLog log = new InMemoryResponseLog(clock, Duration.ofDays(1));
  private final InMemoryPromptQueue queue = new InMemoryPromptQueue();
  private final RecordingSockets sockets = new RecordingSockets();
  private final List<Duration> slept = Collections.synchronizedList(new ArrayList<>());
  private final List<Signal> signals = Collections.synchronizedList(new ArrayList<>());
  private final ChatSettings settings = new ChatSettings("default-model", Duration.ZERO, Duration.ZERO,
      new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1)));
  private final Chat chat = new Chat(log, () -> ID, clock, slept::add, settings, signals::add);

  @Test
  void createdAndQueuedAreSentAndLoggedBeforeThePromptIsQueued() throws Exception {
    var seenBeforeQueueing = new ArrayList<String>();
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, prompt -> {
      seenBeforeQueueing.addAll(types());
      queue.send(prompt);
    });
    assertThat(seenBeforeQueueing).containsExactly("response.created", "response.queued");
    assertThat(queue.waiting()).containsExactly(new Prompt(ID, Subject.ANONYMOUS));
    assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.QUEUED);
    assertSocketSawTheLog();
  }

  @Test
  void answerIsNumberedFromZeroWithoutAGapAndEndsWithTheModelsLastWordUnderRillsId() throws Exception {
    var model = ScriptedModel.playing(answer("Hel", "lo"));
    submitAndAnswer(model);
    assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
        + "response.content_part.added;Hello;response.completed");
    var completed = received().getLast().path("response");
    assertThat(completed.path("id").textValue()).isEqualTo("resp_1");
    assertThat(completed.path("model").textValue()).isEqualTo("gpt-x");
    assertThat(completed.path("usage").path("total_tokens").intValue()).isEqualTo(3);
    assertThat(completed.path("x_unheard")).hasToString("[1.50]");
    assertThat(completed.path("completed_at").longValue()).isEqualTo(clock.instant().getEpochSecond());
    assertThat(log.find(ID).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(model.openStreams()).isZero();
    assertSocketSawTheLog();
  }

  @Test
  void modelIsAskedWithTheRequestAndTheDefaultModel() throws Exception {
    var model = ScriptedModel.playing(answer("x"));
    var body = Json.findObject("{\"input\":\"hi\",\"x_unheard\":[1.50]}").orElseThrow();
    chat.submit(CreateRequest.of(body), Subject.ANONYMOUS, SOCKET, sockets, queue);
    answerNext(model);
    assertThat(model.requests()).hasToString("[{\"input\":\"hi\",\"x_unheard\":[1.50],\"model\":\"default-model\"}]");
  }

  @Test
  void eventsThatNobodyHasHeardOfPassThrough() throws Exception {
    submitAndAnswer(ScriptedModel.playing(
        accept(say("response.hologram.delta", "{'delta':{'x':1.50},'y':null}"), say("vendor:odd", "{}"),
            completed(""))));
    assertThat(sockets.received(SOCKET).get(3))
        .isEqualTo("{\"type\":\"response.hologram.delta\",\"sequence_number\":3,\"delta\":{\"x\":1.50},\"y\":null}");
    assertThat(types()).contains("vendor:odd");
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
        accept(fail(ModelFailure.DISCONNECTED)), answer("Hello")));
    assertThat(slept.getFirst()).isEqualTo(Duration.ofSeconds(7));
    assertThat(slept).hasSize(2);
    assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
        + "response.content_part.added;Hello;response.completed");
  }

  @ParameterizedTest
  @EnumSource(value = ModelFailure.class, names = {"DISCONNECTED", "STALLED", "NONSENSE", "BROKEN"})
  void modelThatFailsAfterOutputIsNotAskedAgainAndTheOutputSoFarIsKept(ModelFailure failure) throws Exception {
    var model = ScriptedModel.playing(accept(
        say("response.output_item.added",
            "{'output_index':0,'item':{'type':'message','status':'in_progress','content':[]}}"),
        say("response.content_part.added",
            "{'output_index':0,'content_index':0,'part':{'type':'output_text','text':''}}"),
        say("response.output_text.delta", "{'output_index':0,'content_index':0,'delta':'Hel'}"), fail(failure)));
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
    assertThat(received().getLast().at("/response/error/message").textValue()).doesNotContain("burst");
    assertThat(signals).anyMatch(signal -> signal instanceof Signal.Broken(var _, var cause)
        && "burst".equals(cause.getMessage()));
  }

  @Test
  void clientThatLeavesDoesNotEndTheAnswer() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    sockets.close(SOCKET);
    assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(Answered.DONE);
    assertThat(log.read(ID, -1).getLast().type()).isEqualTo("response.completed");
    assertThat(types()).containsExactly("response.created", "response.queued");
    assertThat(signals.stream().filter(Signal.Unattended.class::isInstance)).hasSize(1);
  }

  @Test
  void queueThatFailsEndsTheResponse() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, _ -> {
      throw new IllegalStateException("no queue");
    });
    assertThat(trace()).isEqualTo("response.created;response.queued;response.failed");
    assertSocketSawTheLog();
  }

  @Test
  void promptThatComesTwiceIsAnsweredOnce() throws Exception {
    var model = ScriptedModel.playing(answer("Hello"));
    submitAndAnswer(model);
    var sent = sockets.received(SOCKET).size();
    assertThat(chat.answer(ID, leaseEnd(), model, audience())).isEqualTo(Answered.DONE);
    assertThat(sockets.received(SOCKET)).hasSize(sent);
    assertThat(model.requests()).hasSize(1);
  }

  @Test
  void promptThatComesWhileItIsAnsweredStaysOnTheQueue() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    log.claim(ID, clock.instant(), leaseEnd());
    assertThat(answerNext(ScriptedModel.playing(answer("Hello")))).isEqualTo(Answered.ELSEWHERE);
    assertThat(types()).containsExactly("response.created", "response.queued");
  }

  @Test
  void unknownPromptIsDoneWith() throws Exception {
    assertThat(chat.answer(new ResponseId("resp_none"), leaseEnd(), ScriptedModel.playing(answer("x")), audience()))
        .isEqualTo(Answered.DONE);
  }

  @Test
  void attemptThatTakesOverAfterOutputAnnouncesItselfAndGoesOnNumbering() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    log.claim(ID, clock.instant(), clock.instant().plusSeconds(1));
    log.append(ID, 1, Status.IN_PROGRESS, List.of(new Event(2, "response.in_progress", "{}"), new Event(3, "x", "{}")));
    clock.advance(Duration.ofSeconds(2));
    answerNext(ScriptedModel.playing(answer("Hello")));
    assertThat(sockets.received(SOCKET).get(2))
        .isEqualTo("{\"type\":\"rill:response.restarted\",\"sequence_number\":4,\"attempt\":2}");
    assertThat(trace()).endsWith("rill:response.restarted;response.output_item.added;response.content_part.added;Hello;"
        + "response.completed");
  }

  @Test
  void attemptThatTakesOverBeforeOutputIsNotSeen() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    log.claim(ID, clock.instant(), clock.instant().plusSeconds(1));
    clock.advance(Duration.ofSeconds(2));
    answerNext(ScriptedModel.playing(answer("Hello")));
    assertThat(trace()).isEqualTo("response.created;response.queued;response.in_progress;response.output_item.added;"
        + "response.content_part.added;Hello;response.completed");
    assertSocketSawTheLog();
  }

  @Test
  void holderOfARunOutLeaseStopsBeforeTheNextPost() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    var model = ScriptedModel.playing(answer("Hello"));
    Audience late = header -> event -> {
      clock.advance(Duration.ofHours(1));
      return new SocketSink(sockets, header.attached()).deliver(event);
    };
    assertThat(chat.answer(queue.poll().orElseThrow().responseId(), leaseEnd(), model, late))
        .isEqualTo(Answered.ELSEWHERE);
    assertThat(types()).containsExactly("response.created", "response.queued", "response.in_progress");
    assertThat(model.openStreams()).isZero();
  }

  @Test
  void answerThatOutlastsItsTimeEndsIncompleteAndLetsTheModelGo() throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    var model = ScriptedModel.playing(accept(stayOpen()));
    chat.answer(queue.poll().orElseThrow().responseId(), clock.instant().plusSeconds(1), model, audience());
    assertThat(received().getLast().at("/response/incomplete_details/reason").textValue()).isEqualTo("time_limit");
    assertThat(trace()).endsWith(";response.incomplete");
  }

  @Test
  void respondingSkipsTheQueueAndTellsOfTheModelsConsentByInProgress() throws Exception {
    var events = new ArrayList<Event>();
    chat.respond(CreateRequest.ofText("hi"), Subject.ANONYMOUS, leaseEnd(), ScriptedModel.playing(answer("Hello")),
        event -> {
          events.add(event);
          return Delivery.DELIVERED;
        });
    assertThat(events.stream().map(Event::type).collect(Collectors.joining(";"))).isEqualTo(
        "response.created;response.in_progress;response.output_item.added;response.content_part.added;"
            + "response.output_text.delta;response.completed");
    assertThat(events).isEqualTo(log.read(ID, -1));
  }

  @Test
  void respondingWithARefusedRequestNeverSaysInProgress() throws Exception {
    var events = new ArrayList<Event>();
    chat.respond(CreateRequest.ofText("hi"), Subject.ANONYMOUS, leaseEnd(),
        ScriptedModel.playing(refuse(ModelFailure.UNAUTHORIZED)), event -> {
          events.add(event);
          return Delivery.DELIVERED;
        });
    assertThat(events).extracting(Event::type).containsExactly("response.created", "response.failed");
  }

  @Test
  void logThatFailsSendsThePromptBack() throws Exception {
    var broken = new Chat(new FailingLog(log), () -> ID, clock, slept::add, settings, signals::add);
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    var model = ScriptedModel.playing(answer("Hello"));
    assertThatThrownBy(() -> broken.answer(ID, leaseEnd(), model, audience())).hasMessage("no table");
    assertThat(model.openStreams()).isZero();
    assertThat(types()).doesNotContain("response.completed");
  }

  private record FailingLog(ResponseLog log) implements ResponseLog {
    @Override
    public void create(ResponseHeader header, List<Event> events) {
      log.create(header, events);
    }

    @Override
    public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
      return log.claim(id, now, leaseUntil);
    }

    @Override
    public void append(ResponseId id, int attempt, Status status, List<Event> events) {
      throw new IllegalStateException("no table");
    }

    @Override
    public java.util.Optional<ResponseHeader> find(ResponseId id) {
      return log.find(id);
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
      return log.read(id, startingAfter);
    }
  }

  private void submitAndAnswer(Model model) throws Exception {
    chat.submit(CreateRequest.ofText("hi"), Subject.ANONYMOUS, SOCKET, sockets, queue);
    assertThat(answerNext(model)).isEqualTo(Answered.DONE);
  }

  private Answered answerNext(Model model) throws Exception {
    return chat.answer(queue.poll().orElseThrow().responseId(), leaseEnd(), model, audience());
  }

  private Audience audience() {
    return header -> new SocketSink(sockets, header.attached());
  }

  private Instant leaseEnd() {
    return clock.instant().plusSeconds(60);
  }

  private List<ObjectNode> received() {
    return sockets.received(SOCKET).stream().map(message -> Json.findObject(message).orElseThrow()).toList();
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
      trace.append(trace.isEmpty() ? "" : ";").append(text).append(text.isEmpty() ? "" : ";")
          .append(event.path("type").textValue());
      text.setLength(0);
    }
    return trace.toString();
  }

  private void assertSocketSawTheLog() {
    var logged = log.read(ID, -1);
    assertThat(sockets.received(SOCKET)).isEqualTo(logged.stream().map(Event::json).toList());
    for (int i = 0; i < logged.size(); i++) {
      assertThat(logged.get(i).sequenceNumber()).isEqualTo(i);
    }
  }
}
