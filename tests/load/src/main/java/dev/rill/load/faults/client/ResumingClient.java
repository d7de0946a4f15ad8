package dev.rill.load.faults.client;

import dev.rill.load.faults.client.PromptOutcome.End;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.client.PromptOutcome.Irregularities;
import dev.rill.load.faults.client.PromptOutcome.Received;
import dev.rill.load.faults.client.PromptOutcome.Session;
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
 * A client that does all that Rill asks of one. It repeats a request under the same idempotency key until it is
 * accepted (unless it has no key), resumes if events are missing or its connection is lost, and pings after silence.
 * One thread reads; {@link #progress} is safe for other threads.
 */
public final class ResumingClient implements AutoCloseable {

    private static final Duration SILENCE = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration RECONNECT = Duration.ofMillis(300);

    /**
     * How long a client without a key waits for the first event of its answer. A worker verifies 24 s after acceptance
     * that the response is being answered.
     */
    private static final Duration UNHEARD = Duration.ofSeconds(40);

    /** Time between two new sockets; the resume on the first one is under way by then. */
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
    private String lastFailure = "no event";
    private volatile ClientProgress seen = new ClientProgress(0, 0, 0);

    /** The progress of a client. */
    public record ClientProgress(int events, int restarts, int resumes) {}

    /**
     * A client for one prompt.
     *
     * @param previous the response that the request continues
     * @param eventId its idempotency key, such as a UUID
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

    /** Sends the prompt, and returns at the terminal event or when the timeout is over. The connection stays open. */
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

    /** The outcome, including events that arrived after the terminal event. */
    PromptOutcome result() throws InterruptedException {
        for (var late = next(); late.isPresent(); late = next()) {
            if (late.get() instanceof Signal.Received(var event, var at)) {
                hear(event, at);
            }
        }
        var all = new ArrayList<>(tracker.problems());
        all.addAll(problems);
        // A client without a key stops reading when Rill has refused its request.
        var turnedAway = plan.request().repeat() == PromptPlan.Repeat.NEVER
                && tracker.rejection().isPresent();
        if (turnedAway && tracker.responseId().isPresent()) {
            all.add("the request was refused as " + tracker.rejection().get() + ", and answered nevertheless");
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
            all.add("incomplete, though its client did not cancel it");
        }
        var reason = tracker.end().map(ServerEvent::code).orElse(lastFailure);
        return new PromptOutcome(
                plan,
                responseId,
                new End(ending, reason),
                new Received(tracker.text(), tracker.lastSeen(), tracker.attempts(), tracker.arrivals()),
                new Session(resumes, stoppedAt, cutOff),
                new Irregularities(
                        tracker.dropped(),
                        turnedAway ? 0 : tracker.missing(),
                        tracker.doubled(),
                        repeats,
                        all.stream().distinct().toList()));
    }

    /** The accepted events, by their numbers. */
    List<ServerEvent> events() {
        return tracker.events();
    }

    PromptPlan plan() {
        return plan;
    }

    /** The request's idempotency key. */
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

    /** Whether the client has no key, and does not know whether its request was accepted. */
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
            problems.add("the terminal event was shortened for a client that does not offer the subprotocol");
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
                    case RESUME -> {
                        // The events after the gap have arrived, and the resume asks for them again.
                        duplicates.requestedAgain(tracker.lastSeen());
                        requestMissing();
                    }
                    case ASK_AGAIN -> refused(event, at);
                }
            }
        }
    }

    private void refused(ServerEvent event, Instant at) {
        lastFailure = event.code();
        switch (event.code()) {
            case "response_too_large" -> {
                // The terminal event can be read over HTTP.
                way = Channel.HTTP;
                leave(OldSocket.CUT);
            }
            case "superseded" -> {
                problems.add("the client's newest socket was superseded");
                leave(OldSocket.CUT);
            }
            case "too_many_requests" -> {
                if (tracker.responseId().isPresent()) {
                    problems.add("a resume was refused as too_many_requests");
                }
                retryAt = earlier(retryAt, at.plus(AGAIN));
            }
            default -> {
                // An error event of Rill decides the request of a client without a key; a message of API Gateway does
                // not.
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
                        // Rill answers a second cancel by sending the terminal event again.
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
        lastFailure = "cut by the client";
    }

    private void lost(String why) {
        lastFailure = why;
        line = null;
        cutOff |= tracker.responseId().isEmpty();
    }

    /** The connection; opens a new one and resumes on it if there is none. Null if none can be opened now. */
    private @Nullable EventStream connected() throws InterruptedException {
        if (line != null) {
            return line;
        }
        if (isAnswerUnknown()) {
            // Without a key it has nothing to send on a new connection.
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
        // A client of sockets uses HTTP for one connection; if that breaks, it continues on a socket.
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

    /** Pings and asks again, after silence or a refused request. */
    private void retry(EventStream open) {
        retryAt = clock.instant().plus(SILENCE);
        if (open.canSend()) {
            open.send(ClientMessages.PING);
        }
        duplicates.requestedAgain(tracker.lastSeen());
        requestMissing();
        stop.ifPresent(again -> stop(again.channel()));
    }

    /** Asks for the next events. If the request is lost, it is repeated after silence. */
    private void requestMissing() {
        if (line == null) {
            return;
        }
        if (!line.canSend()) {
            line.abort();
            lost("events are missing on an HTTP response");
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
