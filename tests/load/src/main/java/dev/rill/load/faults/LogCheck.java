package dev.rill.load.faults;

import dev.rill.load.faults.Bookkeeping.Move;
import dev.rill.load.faults.Line.Signal;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Asks Rill again, after all is over, what became of an answer: over HTTP, from the first event on. */
final class LogCheck {

  private static final Set<String> ENDED = Set.of("completed", "failed", "incomplete", "cancelled");
  private static final Duration SILENCE = Duration.ofSeconds(20);
  private static final int TRIES = 3;

  private final Answers rill;
  private final InstantSource clock;

  LogCheck(Answers rill, InstantSource clock) {
    this.rill = rill;
    this.clock = clock;
  }

  /**
   * What the log tells.
   *
   * @param status of the response
   * @param missing numbers that the log leaves out
   * @param doubled numbers and terminal events that it has twice
   * @param problems all of that, and where it tells another story than the client heard, in words
   */
  record Finding(String status, long missing, int doubled, List<String> problems) {

    static final Finding NOTHING_ASKED = new Finding("none", 0, 0, List.of());

    Finding {
      problems = List.copyOf(problems);
    }

    boolean ended() {
      return ENDED.contains(status);
    }
  }

  Finding of(Answer answer) throws InterruptedException {
    if (answer.responseId().isEmpty()) {
      return Finding.NOTHING_ASKED;
    }
    var id = answer.responseId().get();
    var why = "";
    for (int i = 0; i < TRIES; i++) {
      try {
        return find(id, answer);
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
      }
    }
    return new Finding("unknown", 0, 0, List.of("its log can't be read: " + why));
  }

  private Finding find(String id, Answer answer) throws IOException, InterruptedException {
    var status = rill.status(id);
    if (!ENDED.contains(status)) {
      return new Finding(status, 0, 0, List.of("its status is " + status));
    }
    var books = replay(id);
    var problems = new ArrayList<String>();
    books.problems().forEach(problem -> problems.add("in the log: " + problem));
    if (books.end().isEmpty()) {
      problems.add("the log ends without a terminal event, at " + books.lastSeen());
    }
    if (books.dropped() > 0) {
      problems.add("the log has " + books.dropped() + " numbers twice");
    }
    if (books.lastSeen() != answer.lastSeen()) {
      problems.add("the log ends at " + books.lastSeen() + ", the client's events at " + answer.lastSeen());
    }
    if (!books.text().equals(answer.text())) {
      problems.add("the log has another text than the client");
    }
    return new Finding(status, books.missing(), books.dropped() + books.doubled(), problems);
  }

  private Bookkeeping replay(String id) throws IOException, InterruptedException {
    var books = new Bookkeeping();
    var line = rill.follow(id, -1);
    try {
      for (var signal = line.next(SILENCE); signal.isPresent(); signal = line.next(SILENCE)) {
        switch (signal.get()) {
          case Signal.Closed _ -> {
            return books;
          }
          case Signal.Said(var event, _) -> {
            if (books.hear(event, clock.instant()) == Move.ASK_AGAIN) {
              throw new IOException("an error: " + event.code());
            }
          }
        }
      }
      return books;
    } finally {
      line.cut();
    }
  }
}
