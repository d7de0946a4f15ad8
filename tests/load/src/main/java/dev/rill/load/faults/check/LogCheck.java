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
 * Reads a response from Rill over HTTP after the scenario, from its first event on, and compares it with what the
 * client saw. A response with {@code store: false} must be shown only to a client that names the last event that it
 * has.
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
     * What the log has.
     *
     * @param ended whether the response has a terminal event
     * @param missing the number of events that the log lacks
     * @param doubled the number of events that it has twice, or with another content than the client
     * @param problems the broken promises, a phrase each
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
        return new Finding(false, 0, 0, List.of("the log can't be read: " + why));
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
        if (turn.answer().received().lastSeen() < 0) {
            return new Finding(false, 0, 0, List.of("the client got no event"));
        }
        var status = rill.status(id);
        if (!status.equals(NOT_FOUND)) {
            problems.add("GET shows a response that was not to be stored: " + status);
        }
        if (isFollowed(id)) {
            problems.add("GET with stream=true shows a response that was not to be stored");
        }
        repeat(turn).ifPresent(problems::add);
        // A client that has the first event may read the rest.
        var tracker = new EventTracker();
        var _ = tracker.accept(turn.events().getFirst(), clock.instant());
        return compare(id, turn, tracker, problems);
    }

    private boolean isFollowed(String id) throws InterruptedException {
        try {
            rill.follow(id, -1, Reading.BRIEF).abort();
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Repeats the request, which must be refused; returns the problem if it is not. */
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

    /** @param tracker what the client has before the log is read */
    private Finding compare(String id, Turn turn, EventTracker tracker, List<String> before)
            throws IOException, InterruptedException {
        var answer = turn.answer();
        var problems = new ArrayList<>(before);
        var differing = replay(id, turn, tracker);
        tracker.problems().forEach(problem -> problems.add("in the log: " + problem));
        differing.forEach(
                number -> problems.add("number " + number + " has another content in the log than for the client"));
        if (tracker.end().isEmpty()) {
            problems.add("the log ends without a terminal event, at " + tracker.lastSeen());
        }
        if (tracker.dropped() > 0) {
            problems.add("the log has " + tracker.dropped() + " numbers twice");
        }
        if (tracker.lastSeen() != answer.received().lastSeen()) {
            problems.add("the log ends at " + tracker.lastSeen() + ", the client's events at "
                    + answer.received().lastSeen());
        }
        if (!tracker.text().equals(answer.received().text())) {
            problems.add("the text in the log is not the client's");
        }
        return new Finding(
                tracker.end().isPresent(),
                tracker.missing(),
                tracker.dropped() + tracker.doubled() + differing.size(),
                problems);
    }

    /** Reads the log to its end; returns the numbers with another content than for the client. */
    private List<Long> replay(String id, Turn turn, EventTracker tracker) throws IOException, InterruptedException {
        var differing = new ArrayList<Long>();
        var line = rill.follow(id, tracker.lastSeen(), Reading.WHOLE);
        try {
            for (var signal = line.next(SILENCE); signal.isPresent(); signal = line.next(SILENCE)) {
                switch (signal.get()) {
                    case Signal.Closed _ -> {
                        return differing;
                    }
                    case Signal.Received(var event, var _) -> {
                        var number = event.number().orElse(-1);
                        if (number >= 0
                                && number < turn.events().size()
                                && !event.sameAs(turn.events().get(Math.toIntExact(number)))) {
                            differing.add(number);
                        }
                        if (tracker.accept(event, clock.instant()) == NextStep.ASK_AGAIN) {
                            throw new IOException("an error: " + event.code());
                        }
                    }
                }
            }
            return differing;
        } finally {
            line.abort();
        }
    }
}
