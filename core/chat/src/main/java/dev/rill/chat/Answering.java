package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one response: what the model sends is merged and numbered on the calling thread, until a terminal event or until
 * somebody wants it stopped. {@link ModelReader} reads the model, {@link Journal} speaks to the log, {@link Followers} deliver.
 */
final class Answering implements Journal.Listener {

  /** Room before the deadline for the last append and the last posts. */
  static final Duration FAREWELL = Duration.ofSeconds(5);

  /**
   * What an attempt may log (characters of JSON) before its terminal event: four times the greatest output, since an output is told by
   * deltas and then by up to three events that repeat it.
   */
  static final int MAX_LOGGED_CHARS = 4 * Draft.MAX_CHARS;

  private final ResponseHeader header;
  private final Instant deadline;
  private final ChatSettings settings;
  private final InstantSource clock;
  private final Telemetry telemetry;
  private final Audience audience;
  private final Optional<Sink> direct;
  private final Journal journal;
  private final Followers followers;
  private final Outbox outbox;
  private final ModelReader reader;
  private final Draft draft = new Draft();
  private final Instant started;
  private long loggedChars;
  private @Nullable Instant unattendedSince;
  private volatile @Nullable Stop stop;

  /** Why an answer ends before its model's end; the reason that its client reads. */
  private enum Stop {
    CANCELLED("cancelled"), CLIENT_GONE("client_gone"), TIME_LIMIT("time_limit"), SIZE_LIMIT("size_limit");

    final String reason;

    Stop(String reason) {
      this.reason = reason;
    }
  }

  private record Ending(Status status, ObjectNode response) {}

  /**
   * @param logged the newest events of the log
   * @param deadline when the function is killed
   * @param audience sends to the sockets that are or will be attached
   * @param direct the client of a direct response, who has seen nothing yet
   */
  Answering(ResponseHeader header, List<Event> logged, Instant deadline, ResponseLog log, Model model,
      Audience audience,
      Optional<Sink> direct, ChatSettings settings, InstantSource clock, Sleeper sleeper, Telemetry telemetry) {
    this.header = header;
    this.deadline = deadline;
    this.settings = settings;
    this.clock = clock;
    this.telemetry = telemetry;
    this.audience = audience;
    this.direct = direct;
    this.journal = new Journal(log, header, logged, settings.pulse(), clock, this);
    this.followers = new Followers(header.id(), journal, log, telemetry);
    this.outbox = new Outbox(new DeltaMerger(settings.frameInterval()), clock);
    this.reader = new ModelReader(header.id(), () -> new History(log, settings.history()).modelRequest(header), model,
        outbox,
        journal::expectOutput, settings.retries(), sleeper, telemetry);
    this.started = clock.instant();
  }

  /**
   * Answers; returns when the terminal event is in the log, and those who are there have been sent it or took too long.
   *
   * @throws LeaseLostException if another attempt has taken over, or the lease has run out; nothing more is delivered then
   */
  void run() throws LeaseLostException, InterruptedException {
    telemetry.emit(new Signal.Started(header.id(), header.attempt()));
    try {
      journal.attached().cursors()
          .forEach(this::seat);
      direct.ifPresent(followers::seat);
      // Not before: it changes who is seated.
      journal.start();
      journal.announceRestart();
      if (header.control().cancelRequested()) {
        stop = Stop.CANCELLED;
      } else {
        reader.start();
      }
      var ending = pass();
      reader.stop();
      finish(ending);
      followers.awaitEnd(Duration.between(clock.instant(), deadline.minusSeconds(1)));
    } finally {
      reader.stop();
      journal.close();
      followers.stop();
    }
  }

  private Ending pass() throws LeaseLostException, InterruptedException {
    var until = deadline.minus(FAREWELL);
    while (true) {
      followers.awaitReady();
      var next = stop == null ? outbox.take(until) : Optional.<ModelEvent>empty();
      var why = stop;
      if (why == null && next.isEmpty()) {
        why = Stop.TIME_LIMIT;
      }
      if (why != null) {
        return incomplete(why);
      }
      var event = next.orElseThrow();
      switch (event.type()) {
        case EventTypes.COMPLETED -> {
          return fromModel(Status.COMPLETED, event);
        }
        case EventTypes.INCOMPLETE -> {
          return fromModel(Status.INCOMPLETE, event);
        }
        case EventTypes.FAILED -> {
          return fromModel(Status.FAILED, event);
        }
        case EventTypes.CANCELLED -> {
          return fromModel(Status.CANCELLED, event);
        }
        case EventTypes.IN_PROGRESS -> {
          if (header.lastSequence() < header.handling().inProgress()) {
            journal.add(event.type(), ResponseObject.event(header, Status.IN_PROGRESS));
          }
        }
        default -> {
          var ending = passOn(event);
          if (ending.isPresent()) {
            return ending.get();
          }
        }
      }
    }
  }

  /** Takes an event of the output in and shows it; returns how the answer ends if that was its last one. */
  private Optional<Ending> passOn(ModelEvent event) throws LeaseLostException, InterruptedException {
    try {
      draft.apply(event.type(), event.payload());
    } catch (ModelException e) {
      return Optional.of(new Ending(Status.FAILED, ResponseObject.failed(header, draft.output(), e.failure().code(),
          String.valueOf(e.getMessage()))));
    }
    if (event.payload().path("response") instanceof ObjectNode response) {
      ResponseObject.adopt(header, response);
    }
    loggedChars += journal.add(event.type(), event.payload()).json().length();
    return draft.isFull() || loggedChars >= MAX_LOGGED_CHARS
        ? Optional.of(incomplete(Stop.SIZE_LIMIT))
        : Optional.empty();
  }

  private Ending incomplete(Stop why) {
    return new Ending(Status.INCOMPLETE, ResponseObject.incomplete(header, draft.output(), why.reason));
  }

  private Ending fromModel(Status status, ModelEvent event) {
    return new Ending(status,
        ResponseObject.ended(header, status, event.payload().path("response"), draft.output(), clock.instant()));
  }

  private void finish(Ending ending) throws LeaseLostException, InterruptedException {
    journal.finish(ending.status, ending.response);
    telemetry.emit(new Signal.Ended(header.id(), ending.status, ResponseObject.code(ending.response), journal.count(),
        Duration.between(started, clock.instant())));
  }

  // ---- what others want -----------------------------------------------------------------------------------------------

  @Override
  public void wanted(Control control, Attempt.Changes changes) {
    changes.superseded().forEach(followers::unseat);
    changes.joined().forEach(this::seat);
    if (control.cancelRequested()) {
      stop(Stop.CANCELLED);
    } else if (isDetached(control)) {
      stop(Stop.CLIENT_GONE);
    }
  }

  private void seat(ConnectionId connection, Cursor cursor) {
    followers.seat(connection, cursor.after(), audience.of(new ClientSocket(connection, cursor.subprotocol())));
  }

  private boolean isDetached(Control control) {
    var now = clock.instant();
    if (header.background() || !followers.isEmpty() || now.isBefore(control.followedUntil())) {
      unattendedSince = null;
      return false;
    }
    return switch (header.handling()) {
      // Whoever leaves a direct answer wants no more of it.
      case DIRECT -> true;
      case QUEUE -> !now.isBefore(unattendedSince(now).plus(settings.detachGrace()));
    };
  }

  private Instant unattendedSince(Instant now) {
    var since = unattendedSince;
    if (since == null) {
      since = now;
      unattendedSince = now;
      telemetry.emit(new Signal.Unattended(header.id()));
    }
    return since;
  }

  private void stop(Stop why) {
    if (stop == null) {
      stop = why;
    }
    reader.stop();
    followers.hurry();
  }
}
