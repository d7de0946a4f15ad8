package dev.rill.simulation;

import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.Gateway;
import dev.rill.chat.simulation.Gateway.Incoming;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A client that sends several requests on one socket, in one or two lanes, without waiting for their ends. It cancels
 * some of them, and may lose its socket. It asks again for what it has not been sent the end of.
 */
final class LaneClient {

    private static final Duration SILENCE = Duration.ofSeconds(40);
    private static final Duration LATE = Duration.ofSeconds(30);
    private static final int MAX_NUDGES = 12;

    private final World world;
    private final String name;
    private final MessageFunction messages;
    private final Gateway.Socket socket;
    private final Set<ResponseId> open = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();
    private boolean done;

    /** Starts a client on its own thread. */
    static LaneClient start(World world, String name) {
        var client = new LaneClient(world, name);
        var _ = world.time.start(name, client::run);
        return client;
    }

    private LaneClient(World world, String name) {
        this.world = world;
        this.name = name;
        this.messages = new MessageFunction(world);
        this.socket = world.gateway.connect(name);
        var now = world.time.instant();
        world.connections.add(
                new Connection(socket.id(), Grant.ANONYMOUS, Subprotocol.OTHER, now, now.plus(Duration.ofHours(2))));
    }

    /** Whether it asks for nothing more. */
    boolean isDone() {
        return done;
    }

    /** The responses of which it has been sent events, and not the end. */
    List<ResponseId> open() {
        return List.copyOf(open);
    }

    /** What it was sent that breaks a promise. */
    List<String> problems() {
        return problems;
    }

    private void run() {
        try {
            ask();
            hear();
            done = true;
            while (!world.isAtRest()) {
                socket.next(LATE).ifPresent(this::mind);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask() throws InterruptedException {
        int requests = 2 + world.chaos.below(3);
        for (int i = 0; i < requests && socket.isOpen(); i++) {
            world.time.sleep(world.chaos.chance(0.5) ? Duration.ZERO : world.chaos.millis(0, 3_000));
            var lane = world.chaos.chance(0.8) ? "one" : "two";
            var body = Json.object()
                    .put("type", "response.create")
                    .put("input", name + " prompt " + i)
                    .put(StreamId.FIELD, lane);
            if (world.chaos.chance(0.3)) {
                body.put("event_id", name + "-" + i);
            }
            messages.receive(socket.id(), Json.write(body));
        }
    }

    private void hear() throws InterruptedException {
        for (int nudges = 0; nudges < MAX_NUDGES && socket.isOpen(); ) {
            var incoming = socket.next(SILENCE);
            incoming.ifPresent(this::mind);
            if (incoming.isEmpty() && open.isEmpty()) {
                return;
            }
            if (incoming.isEmpty()) {
                nudges++;
                open.forEach(this::resume);
            } else if (world.chaos.chance(0.03)) {
                cancelOne();
            } else if (world.chaos.chance(0.02) && world.chaos.strikes(Fault.SOCKET_CUT, name)) {
                world.gateway.close(socket.id(), "cut by the client", Duration.ZERO);
            }
        }
    }

    private void resume(ResponseId id) {
        messages.receive(
                socket.id(),
                "{\"type\":\"rill:response.resume\",\"response_id\":\"" + id + "\",\"stream_id\":\"one\"}");
    }

    private void cancelOne() {
        var all = List.copyOf(open);
        if (!all.isEmpty()) {
            var id = all.get(world.chaos.below(all.size()));
            world.story.tell("cancels %s", id);
            messages.receive(
                    socket.id(), "{\"type\":\"response.cancel\",\"response_id\":\"" + id + "\",\"stream_id\":\"one\"}");
        }
    }

    private void mind(Incoming incoming) {
        if (!(incoming instanceof Incoming.Text(var message))) {
            return;
        }
        var payload = Json.findObject(message).orElseThrow();
        if (!payload.path(StreamId.FIELD).isTextual()) {
            problems.add(name + " was sent an event without its stream_id: " + message);
        }
        ResponseId.find(payload.at("/response/id").asText()).ifPresent(id -> {
            if (EventTypes.isTerminal(payload.path("type").asText())) {
                open.remove(id);
            } else {
                open.add(id);
            }
        });
    }
}
