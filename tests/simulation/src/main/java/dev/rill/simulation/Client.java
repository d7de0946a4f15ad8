package dev.rill.simulation;

import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.Gateway;
import dev.rill.chat.simulation.Gateway.Incoming;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Grant;
import dev.rill.simulation.Plan.Stop;
import dev.rill.simulation.Plan.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client that follows the protocol. It repeats a request with an idempotency key until the request is accepted,
 * resumes after a gap in the numbers and after the loss of its connection, and resumes after a time without events. It
 * sends a request without a key once.
 */
final class Client {

    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration RECONNECT = Duration.ofMillis(300);
    private static final Duration UNHEARD = Duration.ofSeconds(40);
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Duration LATE = Duration.ofSeconds(30);

    /** A first request may be under way whose repeat is refused, so a client asks some more times. */
    private static final int MAX_REFUSALS = 5;

    private final World world;
    private final List<Client> all;
    private final Plan plan;
    private final String name;
    private final MessageFunction messages;
    private final StreamFunction streams;
    private final Transcript transcript = new Transcript();
    private final List<String> refusals = new ArrayList<>();
    private final List<Line> left = new ArrayList<>();
    private final Set<ConnectionId> sockets = new HashSet<>();
    private @Nullable Line line;
    private @Nullable Watcher watcher;
    private State state = State.READING;
    private boolean asked;
    private boolean cancelled;
    private boolean cutWhileAsking;
    private boolean askedOften;
    private Instant nudgeAt = Instant.MAX;
    private Optional<Instant> endedAt = Optional.empty();
    private int nudges;
    private Optional<Instant> leftAt = Optional.empty();
    private Optional<ResponseId> repeatOf = Optional.empty();
    private boolean followed;

    /** The state of a client. */
    enum State {
        READING,
        /** It has been sent the terminal event. */
        ENDED,
        /** Its request was refused, or it was sent nothing and must not repeat its request. */
        REFUSED,
        /** It has disconnected for good before the end. */
        LEFT,
        /** It has waited for {@link #PATIENCE}. */
        HANGING
    }

    /**
     * Starts a client, which executes its plan on its own thread.
     *
     * @param all the clients of the run; the new client and those that it starts are added
     */
    static Client start(World world, List<Client> all, Plan plan, String name) {
        var client = new Client(world, all, plan, name);
        all.add(client);
        var _ = world.time.start(name, client::run);
        return client;
    }

    private Client(World world, List<Client> all, Plan plan, String name) {
        this.world = world;
        this.all = all;
        this.plan = plan;
        this.name = name;
        this.messages = new MessageFunction(world);
        this.streams = new StreamFunction(world);
    }

    private void run() {
        try {
            world.time.sleep(plan.asksAfter());
            read();
            world.story.tell("is done: %s after number %d", state, transcript.lastSeen());
            if (state == State.ENDED) {
                goOnAfterEnd();
            }
            hearLate();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() throws InterruptedException {
        var until = world.time.instant().plus(PATIENCE);
        var unheardUntil = world.time.instant().plus(UNHEARD);
        while (state == State.READING) {
            if (!world.time.instant().isBefore(until)) {
                state = State.HANGING;
                return;
            }
            var open = connected();
            if (open == null) {
                if (state == State.READING) {
                    world.time.sleep(RECONNECT);
                }
                continue;
            }
            var incoming = open.next(least(between(nudgeAt), between(until)));
            if (incoming.isPresent()) {
                mind(incoming.get());
            } else if (!world.time.instant().isBefore(nudgeAt)) {
                nudge(open);
            }
            if (isUnheard() && world.time.instant().isAfter(unheardUntil)) {
                state = State.REFUSED;
            }
        }
    }

    private void goOnAfterEnd() throws InterruptedException {
        var end = transcript.end().orElseThrow();
        // Not the response of the transcript: that one may have failed and freed the key for another response.
        var id = Json.findObject(end.json())
                .map(event -> event.at("/response/id").asText())
                .flatMap(ResponseId::find)
                .orElseThrow();
        switch (plan.sequel()) {
            case NOTHING -> {}
            case CONTINUE -> {
                if (!end.type().equals(EventTypes.FAILED)) {
                    start(world, all, plan.continued(new Plan.Previous(id, turns())), name + "-next");
                }
            }
            case REPEAT -> {
                var again = start(world, all, plan.repeated(), name + "-again");
                again.repeatOf = Optional.of(id);
            }
            case DELETE -> {
                world.time.sleep(world.chaos.millis(0, 20_000));
                world.story.tell("deletes %s", id);
                streams.delete(name, id);
            }
        }
    }

    /** The texts that the model must be sent before the next prompt. */
    private List<String> turns() {
        var turns = new ArrayList<String>();
        plan.request().previous().ifPresent(previous -> turns.addAll(previous.turns()));
        turns.add(plan.prompt());
        if (!transcript.endText().isEmpty()) {
            turns.add(transcript.endText());
        }
        return turns;
    }

    /** Reads what is sent after the end, so that the transcript can check that it has no new event. */
    private void hearLate() throws InterruptedException {
        var open = line;
        while (!world.isAtRest()) {
            if (open == null || state == State.LEFT) {
                world.time.sleep(LATE);
            } else if (open.next(LATE).orElse(null) instanceof Incoming.Text(var message) && isEvent(message)) {
                var _ = transcript.hear(message);
            }
        }
    }

    private void mind(Incoming incoming) throws InterruptedException {
        switch (incoming) {
            case Incoming.Closed(var why) -> lost(why);
            case Incoming.Text(var message) -> {
                if (!isEvent(message)) {
                    refused(message);
                    return;
                }
                switch (transcript.hear(message)) {
                    case READ -> {}
                    case DONE -> {
                        state = State.ENDED;
                        endedAt = Optional.of(world.time.instant());
                    }
                    case RESUME -> goOn();
                    case TAKEN -> {
                        nudgeAt = world.time.instant().plus(plan.silence());
                        act();
                    }
                }
            }
        }
    }

    private static boolean isEvent(String message) {
        return message.contains("\"sequence_number\"");
    }

    private void refused(String message) {
        var code = Json.findObject(message).orElseThrow().at("/error/code").asText();
        if (code.isEmpty()) {
            return;
        }
        world.story.tell("is told %s", code);
        if (code.equals("superseded")) {
            goOn();
            return;
        }
        refusals.add(code);
        if (isUnheard() || isOver(code)) {
            state = State.REFUSED;
        }
        nudgeAt = earlier(nudgeAt, world.time.instant().plus(AGAIN));
    }

    /**
     * Whether a refusal is final: a response with {@code store: false} ended before the client was sent any of it, or
     * the tokens of the day are used up.
     */
    private boolean isOver(String refusal) {
        if (refusal.contains("budget_exceeded")) {
            return refusals.size() > MAX_REFUSALS;
        }
        return !plan.stored()
                && transcript.lastSeen() < 0
                && (refusal.contains("response_not_stored") || refusal.contains("not_found"));
    }

    /** Executes the step of the plan that is due after an event. */
    private void act() throws InterruptedException {
        int events = transcript.taken().size();
        switch (plan.stop()) {
            case Stop.Cancel(int after, var by)
            when events >= after && !cancelled -> {
                cancelled = true;
                cancel(by);
            }
            case Stop.Leave(int after)
            when events >= after -> {
                world.story.tell("leaves");
                leave();
                state = State.LEFT;
                leftAt = Optional.of(world.time.instant());
            }
            default -> {
                plan.watches()
                        .filter(watch -> watcher == null && events >= watch.afterEvents())
                        .ifPresent(this::watch);
                if (line != null && world.chaos.chance(0.1) && world.chaos.strikes(Fault.SOCKET_CUT, name)) {
                    leave();
                }
            }
        }
    }

    private void cancel(Transport by) {
        world.story.tell("cancels");
        var id = transcript.responseId().orElseThrow();
        if (by == Transport.HTTP || line == null || !line.speaks()) {
            streams.cancel(name, ResponseId.find(id).orElseThrow());
        } else {
            line.say("{\"type\":\"response.cancel\",\"response_id\":\"" + id + "\"}");
            transcript.onAskedAgain();
            askedOften = true;
        }
    }

    private void watch(Plan.Watch watch) {
        var id = transcript.responseId().flatMap(ResponseId::find);
        if (id.isPresent()) {
            var second = new Watcher(world, new SocketLine(), id.get(), watch.startingAfter());
            watcher = second;
            var _ = world.time.start(name + "-watcher", second::run);
        }
    }

    private void leave() {
        if (line != null) {
            line.cut();
            left.add(line);
        }
        line = null;
    }

    private void lost(String why) throws InterruptedException {
        world.story.tell("has lost its line: %s", why);
        line = null;
        if (why.startsWith("refused")) {
            refusals.add(why);
            if (isUnheard() || isOver(why)) {
                state = State.REFUSED;
                return;
            }
        }
        if (transcript.responseId().isEmpty()) {
            cutWhileAsking = true;
            if (!plan.repeats() && asked) {
                state = State.REFUSED;
                return;
            }
        }
        world.time.sleep(RECONNECT);
    }

    private @Nullable Line connected() {
        if (line != null) {
            return line;
        }
        if (isUnheard()) {
            // It must not repeat its request, and has no id to resume.
            state = State.REFUSED;
            return null;
        }
        var id = transcript.responseId().flatMap(ResponseId::find);
        transcript.onNewLine();
        nudgeAt = world.time.instant().plus(plan.silence());
        var overHttp = id.isPresent()
                && (plan.transport() == Transport.HTTP ? !world.chaos.chance(0.2) : world.chaos.chance(0.2));
        if (overHttp) {
            world.story.tell("follows after %d", transcript.lastSeen());
            transcript.onAskedAgain();
            followed = true;
            line = streams.follow(name, id.orElseThrow(), transcript.lastSeen());
        } else if (id.isEmpty() && plan.transport() == Transport.HTTP) {
            world.story.tell("asks over HTTP");
            askedOften |= asked;
            asked = true;
            line = streams.ask(name, body(false), key());
        } else {
            line = new SocketLine();
            goOn();
        }
        return line;
    }

    private void nudge(Line open) {
        nudgeAt = world.time.instant().plus(plan.silence());
        world.story.tell("has heard nothing for long");
        nudges++;
        if (!open.speaks()) {
            leave();
            return;
        }
        open.say("{\"type\":\"rill:ping\"}");
        goOn();
        if (cancelled && plan.stop() instanceof Stop.Cancel(var _, var by)) {
            cancel(by);
        }
    }

    /** Requests the next events: resumes, or sends the request if it has no response yet. */
    private void goOn() {
        if (line == null) {
            return;
        }
        if (!line.speaks()) {
            leave();
            return;
        }
        transcript.onAskedAgain();
        var id = transcript.responseId();
        if (id.isPresent()) {
            askedOften = true;
            line.say("{\"type\":\"rill:response.resume\",\"response_id\":\"" + id.get() + "\",\"starting_after\":"
                    + transcript.lastSeen() + "}");
        } else if (!isUnheard()) {
            askedOften |= asked;
            asked = true;
            line.say(body(true));
            if (plan.asksTwice()) {
                askedOften = true;
                transcript.onAskedAgain();
                line.say(body(true));
            }
        }
    }

    private String body(boolean onSocket) {
        var body = Json.object();
        if (onSocket) {
            body.put("type", "response.create");
            key().ifPresent(key -> body.put("event_id", key));
        } else {
            body.put("stream", true);
        }
        body.put("input", plan.prompt());
        plan.request()
                .previous()
                .ifPresent(previous ->
                        body.put("previous_response_id", previous.id().value()));
        if (plan.request().answer() == Plan.Answer.WARM_UP) {
            body.put("generate", false);
        }
        if (!plan.stored()) {
            body.put("store", false);
        }
        return Json.write(body);
    }

    private Optional<String> key() {
        return plan.request().key();
    }

    private boolean isUnheard() {
        return !plan.repeats() && asked && transcript.responseId().isEmpty();
    }

    private Duration between(Instant later) {
        return later.equals(Instant.MAX) ? PATIENCE : Duration.between(world.time.instant(), later);
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    // ---- for the judge --------------------------------------------------------------------------------------------

    Plan plan() {
        return plan;
    }

    String name() {
        return name;
    }

    State state() {
        return state;
    }

    Transcript transcript() {
        return transcript;
    }

    /** The sockets that it has opened, those of its watcher included. */
    Set<ConnectionId> sockets() {
        return Set.copyOf(sockets);
    }

    List<String> refusals() {
        return List.copyOf(refusals);
    }

    /** Whether its connection was lost before it could know whether its request was accepted. */
    boolean wasCutWhileAsking() {
        return cutWhileAsking;
    }

    /** Whether it has requested events that it may have been sent without that. */
    boolean hasAskedAgain() {
        return askedOften;
    }

    /** How often it has resumed because it was sent no events for a time. */
    int nudges() {
        return nudges;
    }

    /** When it was sent the terminal event; empty if it was not. */
    Optional<Instant> endedAt() {
        return endedAt;
    }

    /** When it disconnected for good; empty if it did not. */
    Optional<Instant> leftAt() {
        return leftAt;
    }

    /** The response whose request this client repeats; empty if it repeats none. */
    Optional<ResponseId> repeatOf() {
        return repeatOf;
    }

    /** Whether it has followed the response over HTTP, which counts as a present reader for a time. */
    boolean hasFollowed() {
        return followed;
    }

    Optional<Watcher> watcher() {
        return Optional.ofNullable(watcher);
    }

    boolean hasCancelled() {
        return cancelled;
    }

    /** A socket of this client. */
    private final class SocketLine implements Line {
        private final Gateway.Socket socket;

        SocketLine() {
            socket = world.gateway.connect(name);
            sockets.add(socket.id());
            world.story.tell("connects as %s", socket.id());
            var now = world.time.instant();
            world.connections.add(new Connection(
                    socket.id(), Grant.ANONYMOUS, Subprotocol.OTHER, now, now.plus(Duration.ofHours(2))));
        }

        @Override
        public Optional<Incoming> next(Duration patience) throws InterruptedException {
            return socket.next(patience);
        }

        @Override
        public boolean speaks() {
            return true;
        }

        @Override
        public void say(String message) {
            transcript
                    .responseId()
                    .flatMap(ResponseId::find)
                    .ifPresent(id -> world.observations.expect(socket.id(), id));
            if (socket.isOpen()) {
                messages.receive(socket.id(), message);
            }
        }

        @Override
        public void cut() {
            world.gateway.close(socket.id(), "cut by the client", Duration.ZERO);
        }
    }
}
