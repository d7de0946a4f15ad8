package dev.rill.load.faults.client;

import dev.rill.load.faults.client.Answer.Ending;
import dev.rill.load.faults.prompt.Act;
import dev.rill.load.faults.prompt.Act.Old;
import dev.rill.load.faults.prompt.Act.Way;
import dev.rill.load.faults.prompt.Plan;
import dev.rill.load.faults.wire.Answers;
import dev.rill.load.faults.wire.HttpLine.Reading;
import dev.rill.load.faults.wire.Line;
import dev.rill.load.faults.wire.Line.Signal;
import dev.rill.load.faults.wire.Messages;
import dev.rill.load.faults.wire.ServerEvent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that does all that Rill asks of one: it repeats a request under the same mark until it is accepted, unless
 * it has none, resumes where something is missing or the line was lost, and pings where there is silence. One thread
 * reads; {@link #progress} may be asked by others.
 */
public final class ResumingSocket implements AutoCloseable {

    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration RECONNECT = Duration.ofMillis(300);

    /**
     * So long a client without a mark listens for an answer to a request of which it has heard nothing: a worker looks
     * after 24 s.
     */
    private static final Duration UNHEARD = Duration.ofSeconds(40);

    /** From one new socket to the next: the resume is under way by then. */
    private static final Duration FLAP = Duration.ofMillis(150);

    private final Answers rill;
    private final Plan plan;
    private final Optional<String> previous;
    private final String eventId;
    private final InstantSource clock;
    private final Bookkeeping books = new Bookkeeping();
    private final Map<Integer, Act> acts;
    private final List<Line> abandoned = new ArrayList<>();
    private final List<Instant> repeats = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private @Nullable Line line;
    private Duplicates duplicates = new Duplicates();
    private Way way;
    private boolean asked;
    private boolean stoppedOnLine;
    private boolean cutOff;
    private boolean givenUp;
    private Instant nudgeAt = Instant.MAX;
    private int resumes;
    private Optional<Act.Stop> stop = Optional.empty();
    private Optional<Instant> stoppedAt = Optional.empty();
    private String lastTrouble = "silent";
    private volatile Seen seen = new Seen(0, 0, 0);

    /** What others may know while it runs. */
    public record Seen(int events, int restarts, int resumes) {}

    /**
     * A client of one prompt.
     *
     * @param previous the response that is continued
     * @param eventId its mark, such as a UUID
     */
    ResumingSocket(Answers rill, Plan plan, Optional<String> previous, String eventId, InstantSource clock) {
        this.rill = rill;
        this.plan = plan;
        this.previous = previous;
        this.eventId = eventId;
        this.clock = clock;
        this.acts = new HashMap<>(plan.acts());
        this.way = plan.request().via();
    }

    /** Asks, and returns at the terminal event or when the time is over; the line stays open. */
    void ask(Duration timeout) throws InterruptedException {
        var until = clock.instant().plus(timeout);
        var unheardUntil = clock.instant().plus(UNHEARD);
        while (books.end().isEmpty() && !givenUp && clock.instant().isBefore(until)) {
            var open = connected();
            if (open == null) {
                if (!givenUp) {
                    TimeUnit.NANOSECONDS.sleep(RECONNECT.toNanos());
                }
                continue;
            }
            var signal = open.next(
                    least(Duration.between(clock.instant(), nudgeAt), Duration.between(clock.instant(), until)));
            if (signal.isPresent()) {
                mind(signal.get());
            } else if (!clock.instant().isBefore(nudgeAt)) {
                nudge(open);
            }
            givenUp |= isUnheard() && clock.instant().isAfter(unheardUntil);
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
                hear(event, at);
            }
        }
        var all = new ArrayList<>(books.problems());
        all.addAll(problems);
        // Told what is wrong, it has not listened any more.
        var turnedAway =
                plan.request().repeat() == Plan.Repeat.NEVER && books.told().isPresent();
        if (turnedAway && books.responseId().isPresent()) {
            all.add("the client was told " + books.told().get() + ", and answered all the same");
        }
        var responseId = books.responseId().filter(_ -> !turnedAway);
        var ending = books.end()
                .map(end -> switch (end.type()) {
                    case "response.completed" -> Ending.COMPLETED;
                    case "response.failed" -> Ending.FAILED;
                    default -> Ending.INCOMPLETE;
                })
                .orElse(responseId.isPresent() ? Ending.HANGING : Ending.REFUSED);
        if (ending == Ending.INCOMPLETE && !plan.stops()) {
            all.add("incomplete, though no client has stopped it");
        }
        var reason = books.end().map(ServerEvent::code).orElse(lastTrouble);
        return new Answer(
                plan,
                responseId,
                ending,
                reason,
                books.text(),
                books.lastSeen(),
                books.attempts(),
                books.arrivals(),
                resumes,
                books.dropped(),
                turnedAway ? 0 : books.missing(),
                books.doubled(),
                stoppedAt,
                repeats,
                cutOff,
                all.stream().distinct().toList());
    }

    /** What was taken, by its numbers. */
    List<ServerEvent> events() {
        return books.events();
    }

    Plan plan() {
        return plan;
    }

    /** By what a repeat of its request is known. */
    String eventId() {
        return eventId;
    }

    @Override
    public void close() {
        if (line != null) {
            line.cut();
        }
        abandoned.forEach(Line::cut);
    }

    private Optional<Signal> next() throws InterruptedException {
        return line == null ? Optional.empty() : line.next(Duration.ZERO);
    }

    /** It has no mark, and does not know whether its request was taken. */
    private boolean isUnheard() {
        return plan.request().repeat() == Plan.Repeat.NEVER
                && asked
                && books.responseId().isEmpty();
    }

    private Bookkeeping.Move hear(ServerEvent event, Instant at) {
        if (event.ofResponse()
                && event.number().isPresent()
                && duplicates.hear(event.number().getAsLong())) {
            repeats.add(at);
        }
        if (event.terminal()
                && event.content().shortened()
                && plan.request().subprotocol().isEmpty()) {
            problems.add("the end came shortened to a client that knows nothing of rill:omitted");
        }
        return books.hear(event, at);
    }

    private void mind(Signal signal) throws InterruptedException {
        switch (signal) {
            case Signal.Closed(var why) -> lost("closed: " + why);
            case Signal.Said(var event, var at) -> {
                switch (hear(event, at)) {
                    case READ, DONE -> {}
                    case TAKEN -> {
                        nudgeAt = at.plus(SILENCE);
                        act();
                    }
                    case RESUME -> goOn();
                    case ASK_AGAIN -> refused(event, at);
                }
            }
        }
    }

    private void refused(ServerEvent event, Instant at) {
        lastTrouble = event.code();
        switch (event.code()) {
            case "response_too_large" -> {
                // The end is there to be fetched.
                way = Way.HTTP;
                leave(Old.CUT);
            }
            case "superseded" -> {
                problems.add("the newest socket of the client was superseded");
                leave(Old.CUT);
            }
            case "too_many_requests" -> {
                if (books.responseId().isPresent()) {
                    problems.add("locked out: a resume was refused as too_many_requests");
                }
                nudgeAt = earlier(nudgeAt, at.plus(AGAIN));
            }
            default -> {
                // Told what is wrong, a client without a mark has its answer; only a gateway's words leave it open.
                givenUp |= isUnheard() && event.error();
                nudgeAt = earlier(nudgeAt, at.plus(AGAIN));
            }
        }
    }

    private void act() throws InterruptedException {
        switch (acts.remove(books.takenEvents())) {
            case null -> {}
            case Act.Cut(var onBy) -> {
                way = onBy;
                leave(Old.CUT);
            }
            case Act.Stop request -> {
                stop = Optional.of(request);
                stoppedAt = Optional.of(clock.instant());
                stop(request.by());
            }
            case Act.Reconnect(var times, var old) -> {
                for (int i = 0; i < times; i++) {
                    leave(old);
                    if (connected() == null) {
                        continue;
                    }
                    TimeUnit.NANOSECONDS.sleep(FLAP.toNanos());
                }
            }
        }
    }

    private void stop(Way by) {
        var id = books.responseId().orElseThrow();
        switch (by) {
            case SOCKET -> {
                if (line != null && line.speaks()) {
                    if (stoppedOnLine) {
                        // A second stop is answered by a second end.
                        duplicates.askedAgain(books.lastSeen());
                    }
                    stoppedOnLine = true;
                    line.say(Messages.cancel(id));
                }
            }
            case HTTP -> {
                var _ = rill.cancel(id);
            }
        }
    }

    private void leave(Old old) {
        if (line != null) {
            switch (old) {
                case CUT -> line.cut();
                case OPEN -> abandoned.add(line);
            }
        }
        line = null;
        lastTrouble = "cut";
    }

    private void lost(String why) {
        lastTrouble = why;
        line = null;
        cutOff |= books.responseId().isEmpty();
    }

    /** The line, opened anew and told where to go on if need be; null where none can be opened now. */
    private @Nullable Line connected() throws InterruptedException {
        if (line != null) {
            return line;
        }
        if (isUnheard()) {
            // On a new line it has nothing to say.
            givenUp = true;
            return null;
        }
        try {
            line = open();
            return line;
        } catch (IOException e) {
            lastTrouble = "no connection: " + e.getMessage();
            return null;
        }
    }

    private Line open() throws IOException, InterruptedException {
        var id = books.responseId();
        var overHttp = way == Way.HTTP && (id.isPresent() || plan.request().via() == Way.HTTP);
        // Over HTTP once, for a client of sockets: what breaks off there goes on on a socket.
        way = plan.request().via();
        if (!overHttp) {
            var opened = rill.connect(plan.request().subprotocol());
            begin(opened);
            goOn();
            return opened;
        }
        if (id.isPresent()) {
            begin(rill.follow(id.get(), books.lastSeen(), Reading.BRIEF));
            resumes++;
            books.connectedAnew();
        } else {
            asked = true;
            begin(rill.ask(plan, previous, eventId));
            books.asked();
        }
        return Objects.requireNonNull(line);
    }

    private void begin(Line opened) {
        line = opened;
        duplicates = new Duplicates();
        stoppedOnLine = false;
        nudgeAt = clock.instant().plus(SILENCE);
    }

    /** Silence for too long, or a request that was not taken. */
    private void nudge(Line open) {
        nudgeAt = clock.instant().plus(SILENCE);
        if (open.speaks()) {
            open.say(Messages.PING);
        }
        duplicates.askedAgain(books.lastSeen());
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
        } else if (!isUnheard()) {
            asked = true;
            line.say(Messages.create(plan, previous, eventId));
        }
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
