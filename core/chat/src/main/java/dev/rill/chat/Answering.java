package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * One attempt at one response: what the model sends is merged, numbered, appended and delivered until a terminal event. The calling
 * thread delivers, {@link ModelReader}'s reads, {@link Journal}'s appends.
 */
final class Answering {

  /** Room before the end of the lease for the last append and the last post. */
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  /** The number of {@code in_progress} in a response that came off the queue, behind {@code created} and {@code queued}. */
  private static final long IN_PROGRESS_SEQUENCE = 2;

  private final ResponseHeader header;
  private final Sink sink;
  private final InstantSource clock;
  private final Telemetry telemetry;
  private final Journal journal;
  private final Outbox outbox;
  private final ModelReader reader;
  private final Draft draft = new Draft();
  private final Instant started;
  private long nextSequence;
  private Delivery audience = Delivery.DELIVERED;

  private record Ending(Status status, ObjectNode response) {}

  Answering(ResponseHeader header, ResponseLog log, Model model, Sink sink, ChatSettings settings, InstantSource clock,
      Sleeper sleeper, Telemetry telemetry) {
    this.header = header;
    this.sink = sink;
    this.clock = clock;
    this.telemetry = telemetry;
    this.journal = Journal.start(log, header, settings.appendInterval());
    this.outbox = new Outbox(new DeltaMerger(settings.frameInterval()), clock);
    this.reader = new ModelReader(header, model, outbox, settings.retries(), sleeper, telemetry);
    this.started = clock.instant();
    this.nextSequence = header.lastSequence() + 1;
  }

  /**
   * Answers; returns when the terminal event is in the log and has been delivered.
   *
   * @throws LeaseLostException if another attempt has taken over; nothing more is delivered then
   */
  void run() throws LeaseLostException, InterruptedException {
    telemetry.emit(new Signal.Started(header.id(), header.attempt()));
    reader.start();
    try {
      announceRestart();
      var ending = pass();
      reader.stop();
      finish(ending);
    } finally {
      reader.stop();
      journal.abandon();
    }
  }

  /** An attempt that died after output is told of; one that died before is repeated unseen. */
  private void announceRestart() throws LeaseLostException, InterruptedException {
    if (header.attempt() > 1 && header.lastSequence() > IN_PROGRESS_SEQUENCE) {
      send(number(EventTypes.RESTARTED, Json.object().put("attempt", header.attempt())));
    }
  }

  private Ending pass() throws LeaseLostException, InterruptedException {
    var until = header.leaseUntil().minus(FAREWELL);
    while (true) {
      var next = outbox.take(until);
      if (next.isEmpty()) {
        return new Ending(Status.INCOMPLETE, ResponseObject.incomplete(header, draft.output(), "time_limit"));
      }
      var event = next.get();
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
          if (header.lastSequence() >= IN_PROGRESS_SEQUENCE) {
            continue;
          }
          var payload = Json.object();
          payload.set("response", ResponseObject.of(header, Status.IN_PROGRESS));
          send(number(event.type(), payload));
        }
        default -> {
          draft.apply(event.type(), event.payload());
          if (event.payload().path("response") instanceof ObjectNode response) {
            response.put("id", header.id().value());
          }
          send(number(event.type(), event.payload()));
        }
      }
    }
  }

  private Ending fromModel(Status status, ModelEvent event) {
    return new Ending(status,
        ResponseObject.ended(header, status, event.payload().path("response"), draft.output(), clock.instant()));
  }

  private void send(Event event) throws LeaseLostException, InterruptedException {
    requireLease();
    journal.add(event);
    deliver(event);
  }

  private void requireLease() throws LeaseLostException {
    if (!clock.instant().isBefore(header.leaseUntil())) {
      throw new LeaseLostException(header.id(), header.attempt());
    }
  }

  private void finish(Ending ending) throws LeaseLostException, InterruptedException {
    requireLease();
    var payload = Json.object();
    payload.set("response", ending.response);
    var terminal = number("response." + ending.status.wire(), payload);
    journal.finish(ending.status, terminal);
    telemetry.emit(new Signal.Ended(header.id(), ending.status, code(ending.response), nextSequence,
        Duration.between(started, clock.instant())));
    deliver(terminal);
  }

  private void deliver(Event event) throws InterruptedException {
    if (audience == Delivery.GONE) {
      return;
    }
    audience = sink.deliver(event);
    if (audience == Delivery.GONE) {
      telemetry.emit(new Signal.Unattended(header.id()));
    }
  }

  private Event number(String type, ObjectNode payload) {
    return Numbered.event(nextSequence++, type, payload);
  }

  private static String code(ObjectNode response) {
    var error = response.path("error").path("code").asText("");
    return error.isEmpty() ? response.path("incomplete_details").path("reason").asText("") : error;
  }
}
