package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.KeyResolver.Resolution;
import dev.rill.chat.PromptQueue.Sending;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The flow of Rill; its methods stand in the order of travel.
 *
 * <p>A prompt on a socket is {@linkplain #submit submitted} by one function and {@linkplain #answer answered} by another, with a queue
 * between. Over HTTP one function does both: it {@linkplain #respond responds}. Meanwhile and afterwards a response can be {@linkplain #resume
 * resumed} on a socket, {@linkplain #follow followed} without one, {@linkplain #cancel cancelled}, {@linkplain #retrieve retrieved} and
 * {@linkplain #delete deleted}. What a step needs beyond the log (the queue, the model, the way to the client) it is given, because no
 * function has it all. Safe for use by many threads.
 */
public final class Chat {

  /** So long after a request was taken somebody looks whether it is being answered. */
  static final Duration CHECK_AFTER = Duration.ofSeconds(24);

  /** A prompt that can't be answered now comes again after this. */
  public static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

  /** How often one who follows without a socket looks into the log, and for how long it then counts as present. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration PRESENT_FOR = Duration.ofSeconds(15);

  /** A prompt that waits for longer than this, and than its check, may be hidden with workers that died as they received it. */
  static final Duration TAKEN_UP_WITHIN = Duration.ofMinutes(1);

  /** How often one who follows, and sees that nobody answers, has somebody look after it. */
  private static final Duration REMIND_EVERY = Duration.ofSeconds(30);

  /** How long a place is held for a request that is not in the log yet: longer than any function takes from the one to the other. */
  private static final Duration ADMISSION = Duration.ofMinutes(1);

  /** The {@code error.code} of a response whose every attempt failed. */
  static final String GAVE_UP_CODE = "gave_up";

  private static final Duration END_LEASE = Duration.ofSeconds(10);
  private static final EndingOf GAVE_UP = failed(GAVE_UP_CODE,
      "The answer failed again and again and was given up. Ask again later.");
  private static final Duration END_LOOK = Duration.ofMillis(200);

  private final ResponseLog log;
  private final Quota quota;
  private final Ids ids;
  private final InstantSource clock;
  private final Sleeper sleeper;
  private final ChatSettings settings;
  private final Telemetry telemetry;
  private final History history;
  private final KeyResolver keys;

  public Chat(ResponseLog log, Quota quota, Ids ids, InstantSource clock, Sleeper sleeper, ChatSettings settings,
      Telemetry telemetry) {
    this.log = log;
    this.quota = quota;
    this.ids = ids;
    this.clock = clock;
    this.sleeper = sleeper;
    this.settings = settings;
    this.telemetry = telemetry;
    this.history = new History(log, settings.history());
    this.keys = new KeyResolver(log);
  }

  /**
   * Takes a request that a worker shall answer: claims its id, logs {@code created} and {@code queued}, sends them to the socket that
   * asked, and only then enqueues, so that they reach the client before anything that a worker sends. A repeat of a request finds the
   * response that is there, and attaches its socket to that.
   *
   * <p>Once the log has it, the request is accepted, and nothing that fails is an error of this method: a client that was told to repeat
   * it would pay twice. If the queue does not take it, the response ends as failed.
   *
   * @throws ApiException if the group has too many waiting, there is no such earlier response, or the request was answered before and was
   *     not to be stored
   */
  public ResponseId submit(Ask ask, Sockets sockets, PromptQueue prompts) throws ApiException, InterruptedException {
    var body = withModel(ask.request());
    return switch (resolve(ask, body)) {
      case Resolution.Taken(var header) -> repeat(header, ask, sockets, prompts);
      case Resolution.Free(var id) -> {
        var header = begin(id, ask, body, Handling.QUEUE);
        yield ask.request().warmUp()
            ? warmUp(header, ask, sockets, prompts)
            : submit(header, ask, sockets, prompts);
      }
    };
  }

  /** Logs and sends a response that has ended, for a client that wants one to continue from. It takes no place and asks no model. */
  private ResponseId warmUp(ResponseHeader queued, Ask ask, Sockets sockets, PromptQueue prompts)
      throws ApiException, InterruptedException {
    var header = queued.with(Status.COMPLETED, 0, Instant.EPOCH, -1, queued.reserved(), queued.control());
    var events = List.of(status(header, 0, EventTypes.CREATED, Status.QUEUED),
        status(header, 1, EventTypes.QUEUED, Status.QUEUED),
        status(header, 2, EventTypes.IN_PROGRESS, Status.IN_PROGRESS),
        Event.numbered(3, EventTypes.COMPLETED, ResponseObject.event(ResponseObject.warmedUp(header))));
    if (create(header, ask, events) == ResponseLog.Creation.EXISTS) {
      return repeat(log.find(header.id()).orElseThrow(), ask, sockets, prompts);
    }
    telemetry.emit(new Signal.Accepted(header.id()));
    announce(header.id(), events, ask.socket(), sockets);
    return header.id();
  }

  private ResponseId submit(ResponseHeader header, Ask ask, Sockets sockets, PromptQueue prompts)
      throws ApiException, InterruptedException {
    if (quota.queue(header.group(), header.id(), clock.instant().plus(ADMISSION)) == Quota.Admission.FULL) {
      throw ApiException
          .tooManyRequests("Too many of your requests are waiting. Ask again when some have been answered.");
    }
    var created = status(header, 0, EventTypes.CREATED, Status.QUEUED);
    var queued = status(header, 1, EventTypes.QUEUED, Status.QUEUED);
    var check = meanwhile(() -> prompts.send(List.of(check(header))));
    if (create(header, ask, List.of(created, queued)) == ResponseLog.Creation.EXISTS) {
      return repeat(log.find(header.id()).orElseThrow(), ask, sockets, prompts);
    }
    telemetry.emit(new Signal.Accepted(header.id()));
    var place = meanwhile(() -> quota.extend(header.group(), header.id(), header.expiresAt()));
    // The client is not told of the acceptance before the check is kept: it sees to the answer, should this function die now.
    var kept = check.handle((_, failure) -> failure == null).join();
    announce(header.id(), List.of(created, queued), ask.socket(), sockets);
    try {
      if (!kept) {
        check.join();
      }
      prompts.send(List.of(ask(header)));
    } catch (RuntimeException e) {
      telemetry.emit(new Signal.Broken(header.id(), e));
      endUnqueued(header.id(), sockets);
    }
    reportFailure(header.id(), place).join();
    return header.id();
  }

  /**
   * Answers a prompt that came off the queue, if nobody else does: claims the lease, asks the model, and passes its events on until a
   * terminal one. If the response has ended but this prompt has come before, its worker may have died between the log and the sockets:
   * they are sent the end again.
   *
   * @param delivery which delivery of this prompt it is, from 1
   * @param deadline when this function is killed; the answer is broken off as {@code incomplete} shortly before
   * @throws RuntimeException if the log can't be reached: the prompt must come again
   */
  public Answered answer(Prompt prompt, int delivery, Instant deadline, Model model, Sockets sockets)
      throws InterruptedException {
    var id = prompt.responseId();
    var now = clock.instant();
    if (quota.run(prompt.group(), id, deadline) == Quota.Admission.FULL) {
      var ended = delivery > 1
          ? log.find(id).filter(header -> header.status().ended())
          : Optional.<ResponseHeader>empty();
      if (ended.isEmpty()) {
        return prompt.kind() == Prompt.Kind.REMINDER ? Answered.DONE : later(id);
      }
      deliverTo(ended.get().control().attached(), id, sockets);
      return Answered.DONE;
    }
    return switch (log.claim(id, now, now.plus(settings.pulse().lease()))) {
      case Claim.Granted(var header) when header.handling() == Handling.DIRECT -> {
        finish(header, sockets, failed(ModelFailure.BROKEN.code(), "The answer broke off. Ask again."));
        yield Answered.DONE;
      }
      case Claim.Granted(var header) when header.attempt() > settings.attempts() -> {
        finish(header, sockets, GAVE_UP);
        yield Answered.DONE;
      }
      case Claim.Granted(var header) -> run(header, List.of(), deadline, model, sockets, Optional.empty());
      case Claim.Held(var _, var handling) -> {
        // A worker that holds it has a prompt of its own, which comes again if that worker dies; a direct answer has only this one.
        var guarded = switch (prompt.kind()) {
          case ASK -> false;
          case CHECK -> handling == Handling.QUEUE;
          case REMINDER -> true;
        };
        yield guarded ? Answered.DONE : later(id);
      }
      case Claim.Ended(var _, var attached) -> {
        quota.leave(prompt.group(), id);
        if (delivery > 1) {
          deliverTo(attached, id, sockets);
        }
        yield Answered.DONE;
      }
      case Claim.Unknown _ -> {
        quota.leave(prompt.group(), id);
        yield Answered.DONE;
      }
    };
  }

  /** Ends a response whose prompt was delivered in vain as often as may be; nothing is done if somebody has answered it after all. */
  public GivenUp giveUp(Prompt prompt, Sockets sockets) throws InterruptedException {
    var now = clock.instant();
    return switch (log.claim(prompt.responseId(), now, now.plus(END_LEASE))) {
      case Claim.Granted(var header) -> {
        finish(header, sockets, GAVE_UP);
        yield GivenUp.FAILED;
      }
      case Claim.Held _ -> {
        telemetry.emit(new Signal.PutBack(prompt.responseId()));
        yield GivenUp.LATER;
      }
      // As failed perhaps by this very prompt, when its worker died before it could say so.
      case Claim.Ended(var status, var _) -> status == Status.FAILED ? GivenUp.FAILED : GivenUp.NEEDLESS;
      case Claim.Unknown _ -> GivenUp.FAILED;
    };
  }

  /**
   * Answers a request where it was accepted, without a worker. {@code created} is delivered first; {@code in_progress} follows once the
   * model has accepted the request, so that a sink can tell an early failure by a {@code failed} without one. A repeat follows the
   * response that is there.
   *
   * @param prompts keeps the check that ends the response should this function die
   * @throws ApiException before anything is delivered: as {@link #submit}
   */
  public Answered respond(Ask ask, Instant deadline, Model model, Sockets sockets, PromptQueue prompts, Sink sink)
      throws ApiException, InterruptedException {
    var body = withModel(ask.request());
    return switch (resolve(ask, body)) {
      case Resolution.Taken(var header) -> {
        requireRepeatable(header);
        follow(header.id(), ask.subject(), -1, prompts, sink, deadline);
        yield Answered.DONE;
      }
      case Resolution.Free(var id) ->
        respond(begin(id, ask, body, Handling.DIRECT), ask, deadline, model, sockets, prompts, sink);
    };
  }

  private Answered respond(ResponseHeader started, Ask ask, Instant deadline, Model model, Sockets sockets,
      PromptQueue prompts, Sink sink) throws ApiException, InterruptedException {
    var created = status(started, 0, EventTypes.CREATED, Status.IN_PROGRESS);
    if (quota.run(ask.group(), started.id(), deadline) == Quota.Admission.FULL) {
      throw ApiException
          .tooManyRequests("Too many of your requests are being answered. Ask again when some have ended.");
    }
    if (create(started, ask, List.of(created)) == ResponseLog.Creation.EXISTS) {
      follow(started.id(), ask.subject(), -1, prompts, sink, deadline);
      // The place is the response's own while it runs, and nobody's once it has ended.
      if (log.find(started.id()).map(header -> header.status().ended()).orElse(true)) {
        quota.leave(ask.group(), started.id());
      }
      return Answered.DONE;
    }
    telemetry.emit(new Signal.Accepted(started.id()));
    // The answer itself does not need it, and its client sees if this function dies.
    var _ = reportFailure(started.id(), meanwhile(() -> prompts.send(List.of(check(started)))));
    var header = started.with(Status.IN_PROGRESS, 1, started.leaseUntil(), 0, started.reserved(), started.control());
    return run(header, List.of(created), deadline, model, sockets, Optional.of(sink));
  }

  /**
   * Attaches a socket to a response: what came after a number is sent to it, and what follows, by the attempt that answers, or from here if
   * it has ended. If no attempt answers it any more, a worker is asked to. Beyond {@value Attached#MAX_SOCKETS} sockets the oldest is told
   * that it is superseded, and is sent nothing more.
   *
   * @throws ApiException if there is no such response for this subject, or it has ended and was not to be stored and no number is given
   */
  public void resume(ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets,
      PromptQueue prompts) throws ApiException, InterruptedException {
    switch (attach(id, subject, socket, startingAfter, sockets)) {
      case Attachment.Live _ -> log.find(id).filter(this::isForsaken).ifPresent(header -> remind(header, prompts));
      case Attachment.Ended _ -> {
        var header = require(id, subject);
        requireShown(header, startingAfter);
        deliver(rest(id, startingAfter), Optional.of(socket), sockets);
      }
      case Attachment.Unknown _ -> throw ApiException.noResponse("response_id");
    }
  }

  /**
   * Sends a reader without a socket what came after a number, and what follows, until the end or the deadline. While it reads, it counts
   * as somebody who is there. If nobody answers any more, somebody is asked to.
   *
   * @throws ApiException before anything is delivered, if there is no such response for this subject, or it has ended and was not to be
   *     stored and no number is given
   */
  public void follow(ResponseId id, Subject subject, long startingAfter, PromptQueue prompts, Sink sink,
      Instant deadline) throws ApiException, InterruptedException {
    var requested = require(id, subject);
    requireShown(requested, startingAfter);
    var found = Optional.of(requested);
    var seen = startingAfter;
    var presentUntil = Instant.MIN;
    var remindFrom = Instant.MIN;
    for (; found.isPresent() && clock.instant().isBefore(deadline.minus(Answering.FAREWELL)); found = log.find(id)) {
      var header = found.get();
      var now = clock.instant();
      if (!now.plus(PRESENT_FOR.dividedBy(2)).isBefore(presentUntil)) {
        presentUntil = now.plus(PRESENT_FOR);
        log.follow(id, presentUntil);
      }
      if (isForsaken(header) && !now.isBefore(remindFrom)) {
        remindFrom = now.plus(REMIND_EVERY);
        remind(header, prompts);
      }
      var events = header.status().ended()
          ? rest(id, seen)
          : header.lastSequence() > seen
              ? log.read(id, seen)
              : List.<Event>of();
      for (var event : events) {
        if (sink.deliver(event, Permit.ALWAYS) != Delivery.DELIVERED || event.terminal()) {
          return;
        }
        seen = event.sequenceNumber();
      }
      sleeper.sleep(LOOK_EVERY);
    }
  }

  /**
   * Asks a response to stop. One that waits for a worker ends at once, one that runs within a second; one that has ended stays as it is.
   *
   * @param asker a socket that is to be told the end, whether it follows the response or not; empty over HTTP. One that the attempt which
   *     ended the response is sending the end to is not sent it twice
   * @throws ApiException if there is no such response for this subject; over HTTP also if it has ended and was not to be stored
   */
  public void cancel(ResponseId id, Subject subject, Optional<ClientSocket> asker, Sockets sockets)
      throws ApiException, InterruptedException {
    var header = log.requestCancel(id, subject).orElseThrow(() -> ApiException.noResponse("response_id"));
    var last = header.lastSequence();
    if (header.status().ended()) {
      if (asker.isEmpty()) {
        requireReadable(header);
      } else {
        deliverRest(header, last, asker.get(), sockets);
      }
      return;
    }
    if (asker.isPresent() && !header.control().attached().cursors().containsKey(asker.get().connection())
        && attach(id, subject, asker.get(), last, sockets) instanceof Attachment.Ended) {
      deliverRest(require(id, subject), last, asker.get(), sockets);
    }
    end(id, sockets, (claimed, output) -> new Ending(Status.INCOMPLETE,
        ResponseObject.incomplete(claimed, output, "cancelled")));
  }

  /**
   * Waits until a response has ended, but not for ever.
   *
   * @return the response as it is then, whether it was to be stored or not
   * @throws ApiException if there is none for this subject
   */
  public ObjectNode awaitEnd(ResponseId id, Subject subject, Duration patience)
      throws ApiException, InterruptedException {
    var until = clock.instant().plus(patience);
    var header = require(id, subject);
    while (!header.status().ended() && clock.instant().isBefore(until)) {
      sleeper.sleep(END_LOOK);
      header = require(id, subject);
    }
    return show(header);
  }

  /**
   * A response as it is now, with the output so far.
   *
   * @throws ApiException if there is none for this subject, or it has ended and was not to be stored
   */
  public ObjectNode retrieve(ResponseId id, Subject subject) throws ApiException {
    var header = require(id, subject);
    requireReadable(header);
    return show(header);
  }

  /**
   * Removes a response and its events.
   *
   * @throws ApiException if there is none for this subject, or it has not ended
   */
  public void delete(ResponseId id, Subject subject) throws ApiException {
    var header = require(id, subject);
    if (!header.status().ended()) {
      throw ApiException.of(409, "response_in_progress", "This response has not ended. Cancel it first.",
          "response_id");
    }
    log.delete(id);
  }

  // ---------------------------------------------------------------------------------------------------------------------

  private record Ending(Status status, ObjectNode response) {}

  /** How to end a response of which this much has been said. */
  @FunctionalInterface
  private interface EndingOf {
    Ending of(ResponseHeader header, ArrayNode output);
  }

  private static EndingOf failed(String code, String message) {
    return (header, output) -> new Ending(Status.FAILED, ResponseObject.failed(header, output, code, message));
  }

  private Resolution resolve(Ask ask, ObjectNode body) {
    return ask.key().map(key -> keys.resolve(key, body)).orElseGet(() -> new Resolution.Free(ids.next()));
  }

  private ResponseHeader begin(ResponseId id, Ask ask, ObjectNode body, Handling handling) throws ApiException {
    var admitted = history.admit(ask.request().body(), ask.subject(), ask.group(), ask.connection());
    if (body.has("input")) {
      body.set("input", admitted.input());
    }
    var now = clock.instant();
    var kept = body.path("store").asBoolean(true) ? settings.kept() : settings.keptUnstored();
    var attached = ask.socket().map(socket -> Attached.of(socket, 1)).orElseGet(Attached::none);
    return switch (handling) {
      case QUEUE -> new ResponseHeader(id, ask.subject(), ask.group(), ask.connection(), handling, Status.QUEUED, 0,
          Instant.EPOCH, -1, handling.inProgress(), now, now.plus(kept), Control.of(attached), admitted.conversation(),
          body);
      case DIRECT ->
        new ResponseHeader(id, ask.subject(), ask.group(), ask.connection(), handling, Status.IN_PROGRESS, 1,
            now.plus(settings.pulse().lease()), -1, Attempt.RESERVE, now, now.plus(kept), Control.of(attached),
            admitted.conversation(), body);
    };
  }

  /** The same request again: its socket is sent everything; a worker is reminded of a prompt that may have got lost. */
  private ResponseId repeat(ResponseHeader header, Ask ask, Sockets sockets, PromptQueue prompts)
      throws ApiException, InterruptedException {
    requireRepeatable(header);
    if (header.status() == Status.QUEUED) {
      remind(header, prompts);
    }
    if (ask.socket().isPresent()) {
      resume(header.id(), ask.subject(), ask.socket().get(), -1, sockets, prompts);
    }
    return header.id();
  }

  /** Sends a socket what concerns it; if that fails, its client resumes. */
  private void announce(ResponseId id, List<Event> events, Optional<ClientSocket> socket, Sockets sockets)
      throws InterruptedException {
    try {
      deliver(events, socket, sockets);
    } catch (RuntimeException e) {
      telemetry.emit(new Signal.Unreachable(id, e));
    }
  }

  /** Ends a response whose prompt the queue did not take. If that fails too, a client that resumes it has a worker reminded of it. */
  private void endUnqueued(ResponseId id, Sockets sockets) throws InterruptedException {
    try {
      end(id, sockets, failed(ModelFailure.BROKEN.code(), "The prompt could not be queued. Ask again."));
    } catch (RuntimeException e) {
      telemetry.emit(new Signal.Broken(id, e));
    }
  }

  private static Sending ask(ResponseHeader header) {
    return new Sending(new Prompt(header.id(), header.group(), Prompt.Kind.ASK), Duration.ZERO);
  }

  private static Sending check(ResponseHeader header) {
    return new Sending(new Prompt(header.id(), header.group(), Prompt.Kind.CHECK), CHECK_AFTER);
  }

  /** Whether it should have been taken up by now, or whoever did has fallen silent. */
  private boolean isForsaken(ResponseHeader header) {
    var now = clock.instant();
    return switch (header.status()) {
      case QUEUED -> header.createdAt().plus(TAKEN_UP_WITHIN).isBefore(now);
      case IN_PROGRESS -> header.leaseUntil().isBefore(now);
      case COMPLETED, INCOMPLETE, FAILED, CANCELLED -> false;
    };
  }

  /** Has somebody look after it; that this fails is no reason to tell a reader nothing more. */
  private void remind(ResponseHeader header, PromptQueue prompts) {
    try {
      prompts.send(List.of(new Sending(new Prompt(header.id(), header.group(), Prompt.Kind.REMINDER), Duration.ZERO)));
    } catch (RuntimeException e) {
      telemetry.emit(new Signal.Broken(header.id(), e));
    }
  }

  private static CompletableFuture<Void> meanwhile(Runnable work) {
    return CompletableFuture.runAsync(work, Thread::startVirtualThread);
  }

  /** For work that an answer does not depend on. */
  private CompletableFuture<Void> reportFailure(ResponseId id, CompletableFuture<Void> work) {
    return work.exceptionally(failure -> {
      telemetry.emit(new Signal.Broken(id, failure));
      return null;
    });
  }

  /**
   * Begins the log. Where its answer is lost, the log is asked what it has: an id without a key is this request's alone. If the log can't
   * be begun, the place in the group is free again.
   */
  private ResponseLog.Creation create(ResponseHeader header, Ask ask, List<Event> events) {
    try {
      return log.create(header, events);
    } catch (RuntimeException e) {
      try {
        if (log.find(header.id()).isPresent()) {
          return ask.key().isEmpty() ? ResponseLog.Creation.CREATED : ResponseLog.Creation.EXISTS;
        }
        quota.leave(header.group(), header.id());
      } catch (RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private Answered run(ResponseHeader header, List<Event> logged, Instant deadline, Model model, Sockets sockets,
      Optional<Sink> direct) throws InterruptedException {
    try {
      new Answering(header, logged, deadline, log, model, socket -> new SocketSink(sockets, socket), direct,
          settings,
          clock, sleeper, telemetry).run();
      quota.leave(header.group(), header.id());
      return Answered.DONE;
    } catch (LeaseLostException _) {
      telemetry.emit(new Signal.LeaseLost(header.id(), header.attempt()));
      return Answered.LOST;
    }
  }

  private Answered later(ResponseId id) {
    telemetry.emit(new Signal.PutBack(id));
    return Answered.LATER;
  }

  /** Ends a response that nobody is answering now. */
  private void end(ResponseId id, Sockets sockets, EndingOf ending) throws InterruptedException {
    var now = clock.instant();
    if (log.claim(id, now, now.plus(END_LEASE)) instanceof Claim.Granted(var header)) {
      finish(header, sockets, ending);
    }
  }

  private void finish(ResponseHeader header, Sockets sockets, EndingOf ending) throws InterruptedException {
    var attempt = new Attempt(header, List.of());
    var output = outputSoFar(header.id());
    attempt.announceRestart();
    var last = ending.of(header, output);
    attempt.conclude(last.status(), last.response());
    try {
      var append = attempt.append(last.status(), header.leaseUntil());
      while (log.append(append) instanceof Append.Outcome.Outdated(var control)) {
        attempt.adopt(control.attached());
        append = attempt.append(last.status(), header.leaseUntil());
      }
    } catch (LeaseLostException e) {
      telemetry.emit(new Signal.Broken(header.id(), e));
      return;
    }
    quota.leave(header.group(), header.id());
    telemetry.emit(new Signal.Ended(header.id(), last.status(), ResponseObject.code(last.response()),
        attempt.lastNumbered() + 1, Duration.between(header.createdAt(), clock.instant())));
    deliverTo(attempt.attached(), header.id(), sockets);
  }

  /** Sends each socket what it has not had, as far as the log knows; one that can't be posted to keeps nothing from the others. */
  private void deliverTo(Attached attached, ResponseId id, Sockets sockets) throws InterruptedException {
    for (var socket : attached.cursors().entrySet()) {
      var client = new ClientSocket(socket.getKey(), socket.getValue().subprotocol());
      announce(id, rest(id, socket.getValue().after()), Optional.of(client), sockets);
    }
  }

  /** Sends events to a socket, if there is one; one that is gone needs none. */
  private static void deliver(List<Event> events, Optional<ClientSocket> socket, Sockets sockets)
      throws InterruptedException {
    if (socket.isEmpty()) {
      return;
    }
    var sink = new SocketSink(sockets, socket.get());
    for (var event : events) {
      if (sink.deliver(event, Permit.ALWAYS) != Delivery.DELIVERED) {
        return;
      }
    }
  }

  /** Attaches a socket, and tells the one that gives way; that this one can't be told is no reason to refuse the other. */
  private Attachment attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets)
      throws InterruptedException {
    var attachment = log.attach(id, subject, socket, startingAfter);
    if (attachment instanceof Attachment.Live(var superseded) && superseded.isPresent()) {
      try {
        var _ = sockets.post(superseded.get(), ServerMessage.superseded(id, Attached.MAX_SOCKETS), Permit.ALWAYS);
      } catch (RuntimeException e) {
        telemetry.emit(new Signal.Unreachable(id, e));
      }
    }
    return attachment;
  }

  /** Sends a socket what came after a number in a response that has ended, unless the attempt that ended it does. */
  private void deliverRest(ResponseHeader header, long startingAfter, ClientSocket socket, Sockets sockets)
      throws InterruptedException {
    if (!header.isDelivering(socket.connection(), startingAfter, clock.instant())) {
      deliver(rest(header.id(), startingAfter), Optional.of(socket), sockets);
    }
  }

  /** What came after a number in a response that has ended: the terminal event at least, whatever the number. */
  private List<Event> rest(ResponseId id, long startingAfter) {
    var events = log.read(id, startingAfter);
    return events.isEmpty()
        ? log.find(id).map(header -> log.read(id, header.lastSequence() - 1)).orElse(List.of())
        : events;
  }

  private ObjectNode show(ResponseHeader header) {
    if (header.status().ended()) {
      return (ObjectNode) Json.findObject(rest(header.id(), header.lastSequence()).getLast().json()).orElseThrow()
          .path("response");
    }
    var response = ResponseObject.of(header, header.status());
    response.set("output", outputSoFar(header.id()));
    return response;
  }

  private ArrayNode outputSoFar(ResponseId id) {
    return Draft.outputOf(log.read(id, 1));
  }

  private ResponseHeader require(ResponseId id, Subject subject) throws ApiException {
    return log.find(id).filter(header -> header.subject().equals(subject))
        .orElseThrow(() -> ApiException.noResponse("response_id"));
  }

  /** What was not to be stored is shown, once it has ended, only to a client that has some of it and says how much. */
  private static void requireShown(ResponseHeader header, long startingAfter) throws ApiException {
    if (startingAfter < 0) {
      requireReadable(header);
    }
  }

  private static void requireRepeatable(ResponseHeader header) throws ApiException {
    if (header.status().ended() && !header.stored()) {
      throw ApiException.notStored(header.id());
    }
  }

  private static void requireReadable(ResponseHeader header) throws ApiException {
    if (header.status().ended() && !header.stored()) {
      throw ApiException.noResponse("response_id");
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
    return Event.numbered(sequence, type, ResponseObject.event(header, status));
  }
}
