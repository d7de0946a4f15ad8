package dev.rill.load.faults.client;

import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.prompt.ClientAction;
import dev.rill.load.faults.prompt.ClientAction.Channel;
import dev.rill.load.faults.prompt.ClientAction.OldSocket;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.wire.ClientMessages;
import dev.rill.load.faults.wire.EventStream;
import dev.rill.load.faults.wire.EventStream.Signal;
import dev.rill.load.faults.wire.HttpEventStream.Reading;
import dev.rill.load.faults.wire.RillClient;
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
public final class ResumingClient implements AutoCloseable {

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

    private final RillClient rill;
    private final PromptPlan plan;
    private final Optional<String> previous;
    private final String eventId;
    private final InstantSource clock;
    private final EventTracker tracker = new EventTracker();
    private final Map<Integer, ClientAction> acts;
    private final List<EventStream> abandoned = new ArrayList<>();
    private final List<Instant> repeats = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private @Nullable EventStream line;
    private DuplicateDetector duplicates = new DuplicateDetector();
    private Channel way;
    private boolean asked;
    private boolean stoppedOnLine;
    private boolean cutOff;
    private boolean givenUp;
    private Instant retryAt = Instant.MAX;
    private int resumes;
    private Optional<ClientAction.Stop> stop = Optional.empty();
    private Optional<Instant> stoppedAt = Optional.empty();
    private String lastFailure = "silent";
    private volatile ClientProgress seen = new ClientProgress(0, 0, 0);

    /** What others may know while it runs. */
    public record ClientProgress(int events, int restarts, int resumes) {}

    /**
     * A client of one prompt.
     *
     * @param previous the response that is continued
     * @param eventId its mark, such as a UUID
     */
    ResumingClient(RillClient rill, PromptPlan plan, Optional<String> previous, String eventId, InstantSource clock) {
        this.rill = rill;
        this.plan = plan;
        this.previous = previous;
        this.eventId = eventId;
        this.clock = clock;
        this.acts = new HashMap<>(plan.actions());
        this.way = plan.request().via();
    }

    /** Asks, and returns at the terminal event or when the time is over; the line stays open. */
    void ask(Duration timeout) throws InterruptedException {
        var until = clock.instant().plus(timeout);
        var unheardUntil = clock.instant().plus(UNHEARD);
        while (tracker.end().isEmpty() && !givenUp && clock.instant().isBefore(until)) {
            var open = connected();
            if (open == null) {
                if (!givenUp) {
                    TimeUnit.NANOSECONDS.sleep(RECONNECT.toNanos());
                }
                continue;
            }
            var signal = open.next(
                    least(Duration.between(clock.instant(), retryAt), Duration.between(clock.instant(), until)));
            if (signal.isPresent()) {
                handle(signal.get());
            } else if (!clock.instant().isBefore(retryAt)) {
                retry(open);
            }
            givenUp |= isAnswerUnknown() && clock.instant().isAfter(unheardUntil);
            seen = new ClientProgress(tracker.takenEvents(), tracker.restarts(), resumes);
        }
    }

    ClientProgress progress() {
        return seen;
    }

    /** What came of it, also of what came after the end. */
    PromptOutcome result() throws InterruptedException {
        for (var late = next(); late.isPresent(); late = next()) {
            if (late.get() instanceof Signal.Received(var event, var at)) {
                hear(event, at);
            }
        }
        var all = new ArrayList<>(tracker.problems());
        all.addAll(problems);
        // Told what is wrong, it has not listened any more.
        var turnedAway = plan.request().repeat() == PromptPlan.Repeat.NEVER
                && tracker.rejection().isPresent();
        if (turnedAway && tracker.responseId().isPresent()) {
            all.add("the client was told " + tracker.rejection().get() + ", and answered all the same");
        }
        var responseId = tracker.responseId().filter(_ -> !turnedAway);
        var ending = tracker.end()
                .map(end -> switch (end.type()) {
                    case "response.completed" -> Ending.COMPLETED;
                    case "response.failed" -> Ending.FAILED;
                    default -> Ending.INCOMPLETE;
                })
                .orElse(responseId.isPresent() ? Ending.HANGING : Ending.REFUSED);
        if (ending == Ending.INCOMPLETE && !plan.hasStop()) {
            all.add("incomplete, though no client has stopped it");
        }
        var reason = tracker.end().map(ServerEvent::code).orElse(lastFailure);
        return new PromptOutcome(
                plan,
                responseId,
                ending,
                reason,
                tracker.text(),
                tracker.lastSeen(),
                tracker.attempts(),
                tracker.arrivals(),
                resumes,
                tracker.dropped(),
                turnedAway ? 0 : tracker.missing(),
                tracker.doubled(),
                stoppedAt,
                repeats,
                cutOff,
                all.stream().distinct().toList());
    }

    /** What was taken, by its numbers. */
    List<ServerEvent> events() {
        return tracker.events();
    }

    PromptPlan plan() {
        return plan;
    }

    /** By what a repeat of its request is known. */
    String eventId() {
        return eventId;
    }

    @Override
    public void close() {
        if (line != null) {
            line.abort();
        }
        abandoned.forEach(EventStream::abort);
    }

    private Optional<Signal> next() throws InterruptedException {
        return line == null ? Optional.empty() : line.next(Duration.ZERO);
    }

    /** It has no mark, and does not know whether its request was taken. */
    private boolean isAnswerUnknown() {
        return plan.request().repeat() == PromptPlan.Repeat.NEVER
                && asked
                && tracker.responseId().isEmpty();
    }

    private EventTracker.NextStep hear(ServerEvent event, Instant at) {
        if (event.belongsToResponse()
                && event.number().isPresent()
                && duplicates.isUnrequestedRepeat(event.number().getAsLong())) {
            repeats.add(at);
        }
        if (event.isTerminal()
                && event.content().shortened()
                && plan.request().subprotocol().isEmpty()) {
            problems.add("the end came shortened to a client that knows nothing of rill:omitted");
        }
        return tracker.accept(event, at);
    }

    private void handle(Signal signal) throws InterruptedException {
        switch (signal) {
            case Signal.Closed(var why) -> lost("closed: " + why);
            case Signal.Received(var event, var at) -> {
                switch (hear(event, at)) {
                    case READ, DONE -> {}
                    case TAKEN -> {
                        retryAt = at.plus(SILENCE);
                        act();
                    }
                    case RESUME -> requestMissing();
                    case ASK_AGAIN -> refused(event, at);
                }
            }
        }
    }

    private void refused(ServerEvent event, Instant at) {
        lastFailure = event.code();
        switch (event.code()) {
            case "response_too_large" -> {
                // The end is there to be fetched.
                way = Channel.HTTP;
                leave(OldSocket.CUT);
            }
            case "superseded" -> {
                problems.add("the newest socket of the client was superseded");
                leave(OldSocket.CUT);
            }
            case "too_many_requests" -> {
                if (tracker.responseId().isPresent()) {
                    problems.add("locked out: a resume was refused as too_many_requests");
                }
                retryAt = earlier(retryAt, at.plus(AGAIN));
            }
            default -> {
                // Told what is wrong, a client without a mark has its answer; only a gateway's words leave it open.
                givenUp |= isAnswerUnknown() && event.isError();
                retryAt = earlier(retryAt, at.plus(AGAIN));
            }
        }
    }

    private void act() throws InterruptedException {
        switch (acts.remove(tracker.takenEvents())) {
            case null -> {}
            case ClientAction.Cut(var onBy) -> {
                way = onBy;
                leave(OldSocket.CUT);
            }
            case ClientAction.Stop request -> {
                stop = Optional.of(request);
                stoppedAt = Optional.of(clock.instant());
                stop(request.channel());
            }
            case ClientAction.Reconnect(var times, var old) -> {
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

    private void stop(Channel by) {
        var id = tracker.responseId().orElseThrow();
        switch (by) {
            case SOCKET -> {
                if (line != null && line.canSend()) {
                    if (stoppedOnLine) {
                        // A second stop is answered by a second end.
                        duplicates.requestedAgain(tracker.lastSeen());
                    }
                    stoppedOnLine = true;
                    line.send(ClientMessages.cancel(id));
                }
            }
            case HTTP -> {
                var _ = rill.cancel(id);
            }
        }
    }

    private void leave(OldSocket old) {
        if (line != null) {
            switch (old) {
                case CUT -> line.abort();
                case OPEN -> abandoned.add(line);
            }
        }
        line = null;
        lastFailure = "cut";
    }

    private void lost(String why) {
        lastFailure = why;
        line = null;
        cutOff |= tracker.responseId().isEmpty();
    }

    /** The line, opened anew and told where to go on if need be; null where none can be opened now. */
    private @Nullable EventStream connected() throws InterruptedException {
        if (line != null) {
            return line;
        }
        if (isAnswerUnknown()) {
            // On a new line it has nothing to say.
            givenUp = true;
            return null;
        }
        try {
            line = open();
            return line;
        } catch (IOException e) {
            lastFailure = "no connection: " + e.getMessage();
            return null;
        }
    }

    private EventStream open() throws IOException, InterruptedException {
        var id = tracker.responseId();
        var overHttp = way == Channel.HTTP && (id.isPresent() || plan.request().via() == Channel.HTTP);
        // Over HTTP once, for a client of sockets: what breaks off there goes on on a socket.
        way = plan.request().via();
        if (!overHttp) {
            var opened = rill.connect(plan.request().subprotocol());
            begin(opened);
            requestMissing();
            return opened;
        }
        if (id.isPresent()) {
            begin(rill.follow(id.get(), tracker.lastSeen(), Reading.BRIEF));
            resumes++;
            tracker.reconnected();
        } else {
            asked = true;
            begin(rill.ask(plan, previous, eventId));
            tracker.requested();
        }
        return Objects.requireNonNull(line);
    }

    private void begin(EventStream opened) {
        line = opened;
        duplicates = new DuplicateDetector();
        stoppedOnLine = false;
        retryAt = clock.instant().plus(SILENCE);
    }

    /** Silence for too long, or a request that was not taken. */
    private void retry(EventStream open) {
        retryAt = clock.instant().plus(SILENCE);
        if (open.canSend()) {
            open.send(ClientMessages.PING);
        }
        duplicates.requestedAgain(tracker.lastSeen());
        requestMissing();
        stop.ifPresent(again -> stop(again.channel()));
    }

    /** Asks for what comes next; should that get lost, silence asks again. */
    private void requestMissing() {
        if (line == null) {
            return;
        }
        if (!line.canSend()) {
            line.abort();
            lost("a gap over HTTP");
            return;
        }
        tracker.requested();
        if (tracker.responseId().isPresent()) {
            resumes++;
            line.send(ClientMessages.resume(tracker.responseId().get(), tracker.lastSeen()));
        } else if (!isAnswerUnknown()) {
            asked = true;
            line.send(ClientMessages.create(plan, previous, eventId));
        }
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
