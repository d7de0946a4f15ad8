package dev.rill.load.faults;

import dev.rill.load.faults.Answer.Ending;
import dev.rill.load.faults.Line.Signal;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that does all that Rill asks of one: it repeats a request under the same mark until it is accepted, resumes where something
 * is missing or the line was lost, and pings where there is silence. One thread reads; {@link #progress} may be asked by others.
 */
final class ResumingSocket implements AutoCloseable {

  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration RECONNECT = Duration.ofMillis(300);

  private final Answers rill;
  private final Plan plan;
  private final String eventId;
  private final InstantSource clock;
  private final Bookkeeping books = new Bookkeeping();
  private final Map<Integer, Act> acts;
  private @Nullable Line line;
  private Act.Way way = Act.Way.SOCKET;
  private Instant nudgeAt = Instant.MAX;
  private int resumes;
  private Optional<Act.Stop> stop = Optional.empty();
  private Optional<Instant> stoppedAt = Optional.empty();
  private String lastTrouble = "silent";
  private volatile Seen seen = new Seen(0, 0, 0);

  /** What others may know while it runs. */
  record Seen(int events, int restarts, int resumes) {}

  /** @param eventId its mark, such as a UUID */
  ResumingSocket(Answers rill, Plan plan, String eventId, InstantSource clock) {
    this.rill = rill;
    this.plan = plan;
    this.eventId = eventId;
    this.clock = clock;
    this.acts = new HashMap<>(plan.acts());
  }

  /** Asks, and returns at the terminal event or when the time is over; the line stays open. */
  void ask(Duration timeout) throws InterruptedException {
    var until = clock.instant().plus(timeout);
    while (books.end().isEmpty() && clock.instant().isBefore(until)) {
      var open = connected();
      if (open == null) {
        TimeUnit.NANOSECONDS.sleep(RECONNECT.toNanos());
        continue;
      }
      var signal = open.next(least(Duration.between(clock.instant(), nudgeAt),
          Duration.between(clock.instant(), until)));
      if (signal.isPresent()) {
        mind(signal.get());
      } else if (!clock.instant().isBefore(nudgeAt)) {
        nudge(open);
      }
      seen = new Seen(books.takenEvents(), books.restarts(), resumes);
    }
  }

  Seen progress() {
    return seen;
  }

  /** What came of it, also of what came after the end. */
  Answer result() throws InterruptedException {
    for (var late = next(); late.isPresent(); late = next()) {
      if (late.get() instanceof Signal.Said(var event, var at)) {
        books.hear(event, at);
      }
    }
    var problems = new ArrayList<>(books.problems());
    var ending = books.end().map(end -> switch (end.type()) {
      case "response.completed" -> Ending.COMPLETED;
      case "response.failed" -> Ending.FAILED;
      default -> Ending.INCOMPLETE;
    }).orElse(books.responseId().isPresent() ? Ending.HANGING : Ending.REFUSED);
    var reason = books.end().map(ServerEvent::code).orElse(lastTrouble);
    return new Answer(plan, books.responseId(), ending, reason, books.text(), books.lastSeen(), books.attempts(),
        books.arrivals(), resumes, books.dropped(), books.missing(), books.doubled(), stoppedAt, problems);
  }

  @Override
  public void close() {
    if (line != null) {
      line.cut();
    }
  }

  private Optional<Signal> next() throws InterruptedException {
    return line == null ? Optional.empty() : line.next(Duration.ZERO);
  }

  private void mind(Signal signal) {
    switch (signal) {
      case Signal.Closed(var why) -> lost("closed: " + why);
      case Signal.Said(var event, var at) -> {
        switch (books.hear(event, at)) {
          case READ, DONE -> {
          }
          case TAKEN -> {
            nudgeAt = at.plus(SILENCE);
            act();
          }
          case RESUME -> goOn();
          case ASK_AGAIN -> {
            lastTrouble = event.code();
            nudgeAt = earlier(nudgeAt, at.plus(AGAIN));
          }
        }
      }
    }
  }

  private void act() {
    switch (acts.remove(books.takenEvents())) {
      case null -> {
      }
      case Act.Cut(var onBy) -> {
        way = onBy;
        if (line != null) {
          line.cut();
        }
        lost("cut");
      }
      case Act.Stop asked -> {
        stop = Optional.of(asked);
        stoppedAt = Optional.of(clock.instant());
        stop(asked.by());
      }
    }
  }

  private void stop(Act.Way by) {
    var id = books.responseId().orElseThrow();
    switch (by) {
      case SOCKET -> {
        if (line != null && line.speaks()) {
          line.say(Messages.cancel(id));
        }
      }
      case HTTP -> {
        var _ = rill.cancel(id);
      }
    }
  }

  private void lost(String why) {
    lastTrouble = why;
    line = null;
  }

  /** The line, opened anew and told where to go on if need be; null where none can be opened now. */
  private @Nullable Line connected() throws InterruptedException {
    if (line != null) {
      return line;
    }
    var id = books.responseId();
    try {
      var overHttp = way == Act.Way.HTTP && id.isPresent();
      // Over HTTP once: what breaks off there goes on on a socket.
      way = Act.Way.SOCKET;
      var opened = overHttp ? rill.follow(id.get(), books.lastSeen()) : rill.connect();
      line = opened;
      nudgeAt = clock.instant().plus(SILENCE);
      if (overHttp) {
        resumes++;
        books.connectedAnew();
      } else {
        goOn();
      }
      return opened;
    } catch (IOException e) {
      lastTrouble = "no connection: " + e.getMessage();
      return null;
    }
  }

  /** Silence for too long, or a request that was not taken. */
  private void nudge(Line open) {
    nudgeAt = clock.instant().plus(SILENCE);
    if (open.speaks()) {
      open.say(Messages.PING);
    }
    goOn();
    stop.ifPresent(again -> stop(again.by()));
  }

  /** Asks for what comes next; should that get lost, silence asks again. */
  private void goOn() {
    if (line == null) {
      return;
    }
    if (!line.speaks()) {
      line.cut();
      lost("a gap over HTTP");
      return;
    }
    books.asked();
    if (books.responseId().isPresent()) {
      resumes++;
      line.say(Messages.resume(books.responseId().get(), books.lastSeen()));
    } else {
      line.say(Messages.create(plan.prompt(), eventId));
    }
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
