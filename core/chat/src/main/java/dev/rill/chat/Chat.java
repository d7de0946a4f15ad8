package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * The flow of Rill; its methods stand in the order of travel.
 *
 * <p>A prompt on a socket is {@linkplain #submit submitted} by one function and {@linkplain #answer answered} by another, with a queue
 * between. Over HTTP one function does both: it {@linkplain #respond responds}. What a step needs beyond the log (the queue, the model,
 * the way to the client) it is given, because no function has it all. Safe for use by many threads.
 */
public final class Chat {

  private final ResponseLog log;
  private final Ids ids;
  private final InstantSource clock;
  private final Sleeper sleeper;
  private final ChatSettings settings;
  private final Telemetry telemetry;

  public Chat(ResponseLog log, Ids ids, InstantSource clock, Sleeper sleeper, ChatSettings settings,
      Telemetry telemetry) {
    this.log = log;
    this.ids = ids;
    this.clock = clock;
    this.sleeper = sleeper;
    this.settings = settings;
    this.telemetry = telemetry;
  }

  /**
   * Takes a request from a socket: issues its id, logs {@code created} and {@code queued}, sends them, and only then enqueues, so that
   * they reach the client before anything that a worker sends. If the queue does not take it, the response ends as failed.
   */
  public ResponseId submit(CreateRequest request, Subject subject, ConnectionId connection, Sockets sockets,
      PromptQueue prompts)
      throws InterruptedException {
    var header = ResponseHeader.queued(ids.next(), subject, clock.instant(), Set.of(connection), withModel(request));
    var created = status(header, 0, EventTypes.CREATED, Status.QUEUED);
    var queued = status(header, 1, EventTypes.QUEUED, Status.QUEUED);
    log.create(header, List.of(created, queued));
    telemetry.emit(new Signal.Accepted(header.id()));
    var sink = new SocketSink(sockets, header.attached());
    if (sink.deliver(created) == Delivery.DELIVERED) {
      var _ = sink.deliver(queued);
    }
    try {
      prompts.send(new Prompt(header.id(), subject));
    } catch (RuntimeException e) {
      telemetry.emit(new Signal.Broken(header.id(), e));
      fail(header.id(), sink, ModelFailure.BROKEN.code(), "The prompt could not be queued. Ask again.");
    }
    return header.id();
  }

  /**
   * Answers a prompt that came off the queue, if nobody else does: claims the lease, asks the model, and passes its events on until a
   * terminal one.
   *
   * @param leaseUntil when this attempt must have ended; the answer is broken off as {@code incomplete} shortly before
   * @throws RuntimeException if the log can't be reached: the prompt must come again
   */
  public Answered answer(ResponseId id, Instant leaseUntil, Model model, Audience audience)
      throws InterruptedException {
    return switch (log.claim(id, clock.instant(), leaseUntil)) {
      case Claim.Granted(var header) -> run(header, model, audience.of(header));
      case Claim.Held _ -> Answered.ELSEWHERE;
      case Claim.Ended _,Claim.Unknown _ -> Answered.DONE;
    };
  }

  /**
   * Answers a request where it was accepted, without a queue. {@code created} is delivered first; {@code in_progress} follows once the
   * model has accepted the request, so that a sink can tell an early failure by a {@code failed} without one.
   */
  public Answered respond(CreateRequest request, Subject subject, Instant leaseUntil, Model model, Sink sink)
      throws InterruptedException {
    var started = ResponseHeader.started(ids.next(), subject, clock.instant(), leaseUntil, withModel(request));
    var created = status(started, 0, EventTypes.CREATED, Status.IN_PROGRESS);
    log.create(started, List.of(created));
    telemetry.emit(new Signal.Accepted(started.id()));
    var delivery = sink.deliver(created);
    var header = new ResponseHeader(started.id(), subject, started.status(), started.attempt(), leaseUntil, 0,
        started.createdAt(), started.attached(), started.request());
    return run(header, model, delivery == Delivery.GONE ? event -> Delivery.GONE : sink);
  }

  private Answered run(ResponseHeader header, Model model, Sink sink) throws InterruptedException {
    try {
      new Answering(header, log, model, sink, settings, clock, sleeper, telemetry).run();
      return Answered.DONE;
    } catch (LeaseLostException _) {
      return Answered.ELSEWHERE;
    }
  }

  private void fail(ResponseId id, Sink sink, String code, String message) throws InterruptedException {
    var now = clock.instant();
    if (!(log.claim(id, now, now.plusSeconds(10)) instanceof Claim.Granted(var header))) {
      return;
    }
    var payload = Json.object();
    payload.set("response", ResponseObject.failed(header, Json.object().arrayNode(), code, message));
    var failed = Numbered.event(header.lastSequence() + 1, EventTypes.FAILED, payload);
    try {
      log.append(id, header.attempt(), Status.FAILED, List.of(failed));
      var _ = sink.deliver(failed);
    } catch (LeaseLostException e) {
      telemetry.emit(new Signal.Broken(id, e));
    }
  }

  private ObjectNode withModel(CreateRequest request) {
    var body = request.body().deepCopy();
    if (!body.hasNonNull("model")) {
      body.put("model", settings.defaultModel());
    }
    return body;
  }

  private static Event status(ResponseHeader header, long sequence, String type, Status status) {
    var payload = Json.object();
    payload.set("response", ResponseObject.of(header, status));
    return Numbered.event(sequence, type, payload);
  }
}
