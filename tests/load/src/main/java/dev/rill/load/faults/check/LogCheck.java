package dev.rill.load.faults.check;

import dev.rill.load.faults.client.Conversation.Turn;
import dev.rill.load.faults.client.EventTracker;
import dev.rill.load.faults.client.EventTracker.NextStep;
import dev.rill.load.faults.wire.ClientMessages;
import dev.rill.load.faults.wire.EventStream.Signal;
import dev.rill.load.faults.wire.HttpEventStream.Reading;
import dev.rill.load.faults.wire.RillClient;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks Rill again, after all is over, what became of an answer: over HTTP, from the first event on. One that was not to
 * be stored must not be shown, but to a client that says how far it has come.
 */
public final class LogCheck {

    private static final Set<String> ENDED = Set.of("completed", "failed", "incomplete", "cancelled");
    private static final String NOT_FOUND = "status 404";
    private static final String NOT_STORED = "response_not_stored";
    private static final Duration SILENCE = Duration.ofSeconds(20);
    private static final int TRIES = 3;

    private final RillClient rill;
    private final InstantSource clock;

    public LogCheck(RillClient rill, InstantSource clock) {
        this.rill = rill;
        this.clock = clock;
    }

    /**
     * What the log tells.
     *
     * @param ended whether it says that the response has ended
     * @param missing numbers that the log leaves out
     * @param doubled numbers and terminal events that it has twice, or that mean another thing than for the client
     * @param problems all of that, and where it tells another story than the client heard, in words
     */
    public record Finding(boolean ended, long missing, int doubled, List<String> problems) {

        public static final Finding NOTHING_ASKED = new Finding(false, 0, 0, List.of());

        public Finding {
            problems = List.copyOf(problems);
        }
    }

    public Finding of(Turn turn) throws InterruptedException {
        if (turn.answer().responseId().isEmpty()) {
            return Finding.NOTHING_ASKED;
        }
        var id = turn.answer().responseId().get();
        var why = "";
        for (int i = 0; i < TRIES; i++) {
            try {
                return turn.answer().plan().request().stored() ? stored(id, turn) : unstored(id, turn);
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        return new Finding(false, 0, 0, List.of("its log can't be read: " + why));
    }

    private Finding stored(String id, Turn turn) throws IOException, InterruptedException {
        var status = rill.status(id);
        if (!ENDED.contains(status)) {
            return new Finding(false, 0, 0, List.of("its status is " + status));
        }
        return compare(id, turn, new EventTracker(), List.of());
    }

    private Finding unstored(String id, Turn turn) throws IOException, InterruptedException {
        var problems = new ArrayList<String>();
        if (turn.answer().lastSeen() < 0) {
            return new Finding(false, 0, 0, List.of("nothing of it has come"));
        }
        var status = rill.status(id);
        if (!status.equals(NOT_FOUND)) {
            problems.add("GET shows a response that was not to be stored: " + status);
        }
        if (isFollowed(id)) {
            problems.add("GET with stream=true shows a response that was not to be stored");
        }
        repeat(turn).ifPresent(problems::add);
        // Who was there may read the rest: all but the first event.
        var books = new EventTracker();
        var _ = books.accept(turn.events().getFirst(), clock.instant());
        return compare(id, turn, books, problems);
    }

    private boolean isFollowed(String id) throws InterruptedException {
        try {
            rill.follow(id, -1, Reading.BRIEF).abort();
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** The same request once more, which is refused; what is wrong if it is not. */
    private Optional<String> repeat(Turn turn) throws IOException, InterruptedException {
        var line = rill.connect(Optional.empty());
        try {
            line.send(ClientMessages.create(turn.answer().plan(), Optional.empty(), turn.eventId()));
            var said = line.next(SILENCE);
            if (said.isPresent()
                    && said.get() instanceof Signal.Received(var event, var _)
                    && event.code().equals(NOT_STORED)) {
                return Optional.empty();
            }
            return Optional.of("a repeat of a request that was not to be stored is not refused as " + NOT_STORED
                    + ", but " + said.map(LogCheck::words).orElse("not answered"));
        } finally {
            line.abort();
        }
    }

    private static String words(Signal signal) {
        return switch (signal) {
            case Signal.Received(var event, var _) -> "answered by " + event.type() + " " + event.code();
            case Signal.Closed(var why) -> "its socket is " + why;
        };
    }

    /** @param books what is known before the log is read from there on */
    private Finding compare(String id, Turn turn, EventTracker books, List<String> before)
            throws IOException, InterruptedException {
        var answer = turn.answer();
        var problems = new ArrayList<>(before);
        var others = replay(id, turn, books);
        books.problems().forEach(problem -> problems.add("in the log: " + problem));
        others.forEach(
                number -> problems.add("number " + number + " is one thing in the log and another for the client"));
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
        return new Finding(
                books.end().isPresent(), books.missing(), books.dropped() + books.doubled() + others.size(), problems);
    }

    /** Reads the log to its end; returns the numbers that mean another thing than for the client. */
    private List<Long> replay(String id, Turn turn, EventTracker books) throws IOException, InterruptedException {
        var others = new ArrayList<Long>();
        var line = rill.follow(id, books.lastSeen(), Reading.WHOLE);
        try {
            for (var signal = line.next(SILENCE); signal.isPresent(); signal = line.next(SILENCE)) {
                switch (signal.get()) {
                    case Signal.Closed _ -> {
                        return others;
                    }
                    case Signal.Received(var event, var _) -> {
                        var number = event.number().orElse(-1);
                        if (number >= 0
                                && number < turn.events().size()
                                && !event.sameAs(turn.events().get(Math.toIntExact(number)))) {
                            others.add(number);
                        }
                        if (books.accept(event, clock.instant()) == NextStep.ASK_AGAIN) {
                            throw new IOException("an error: " + event.code());
                        }
                    }
                }
            }
            return others;
        } finally {
            line.abort();
        }
    }
}
