package dev.rill.chat.memory;

import dev.rill.chat.Claim;
import dev.rill.chat.Event;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.ResponseHeader;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The logs of one process. */
public final class InMemoryResponseLog implements ResponseLog {

  private final Map<ResponseId, Log> logs = new HashMap<>();
  private final InstantSource clock;
  private final Duration retention;

  /** @param retention how long a response is kept after its creation */
  public InMemoryResponseLog(InstantSource clock, Duration retention) {
    this.clock = clock;
    this.retention = retention;
  }

  @Override
  public synchronized void create(ResponseHeader header, List<Event> events) {
    requireConsecutive(-1, events);
    if (logs.containsKey(header.id())) {
      throw new IllegalStateException("there is a log of " + header.id() + " already");
    }
    logs.put(header.id(), new Log(header, events));
  }

  @Override
  public synchronized Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
    var log = live(id);
    if (log == null) {
      return new Claim.Unknown();
    }
    if (log.header.status().ended()) {
      return new Claim.Ended(log.header.status());
    }
    if (log.header.leaseUntil().isAfter(now)) {
      return new Claim.Held(log.header.leaseUntil());
    }
    log.header = changed(log.header, Status.IN_PROGRESS, log.header.attempt() + 1, leaseUntil,
        log.header.lastSequence());
    return new Claim.Granted(log.header);
  }

  @Override
  public synchronized void append(ResponseId id, int attempt, Status status, List<Event> events)
      throws LeaseLostException {
    var log = live(id);
    if (log == null || log.header.attempt() != attempt || log.header.status() != Status.IN_PROGRESS) {
      throw new LeaseLostException(id, attempt);
    }
    if (events.isEmpty()) {
      throw new IllegalArgumentException("nothing to append to " + id);
    }
    requireConsecutive(log.header.lastSequence(), events);
    log.events.addAll(events);
    log.header = changed(log.header, status, attempt, log.header.leaseUntil(), events.getLast().sequenceNumber());
  }

  @Override
  public synchronized Optional<ResponseHeader> find(ResponseId id) {
    return Optional.ofNullable(live(id)).map(log -> log.header);
  }

  @Override
  public synchronized List<Event> read(ResponseId id, long startingAfter) {
    var log = live(id);
    return log == null
        ? List.of()
        : log.events.stream().filter(event -> event.sequenceNumber() > startingAfter).toList();
  }

  private @Nullable Log live(ResponseId id) {
    var log = logs.get(id);
    return log != null && clock.instant().isBefore(log.header.createdAt().plus(retention)) ? log : null;
  }

  private static void requireConsecutive(long last, List<Event> events) {
    var expected = last + 1;
    for (var event : events) {
      if (event.sequenceNumber() != expected) {
        throw new IllegalArgumentException(
            "event " + event.sequenceNumber() + " stands where " + expected + " must follow");
      }
      expected++;
    }
  }

  private static ResponseHeader changed(ResponseHeader header, Status status, int attempt, Instant leaseUntil,
      long lastSequence) {
    return new ResponseHeader(header.id(), header.subject(), status, attempt, leaseUntil, lastSequence,
        header.createdAt(), header.attached(), header.request());
  }

  private static final class Log {
    private ResponseHeader header;
    private final List<Event> events;

    Log(ResponseHeader header, List<Event> events) {
      this.events = new ArrayList<>(events);
      this.header = changed(header, header.status(), header.attempt(), header.leaseUntil(), events.size() - 1);
    }
  }
}
