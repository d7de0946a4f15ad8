package dev.rill.simulation;

import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.simulation.Gateway.Incoming;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A second socket of a client, which is attached to the same answer once, and only reads. */
final class Watcher {

    private static final Duration LATE = Duration.ofSeconds(30);

    private final World world;
    private final Line line;
    private final ResponseId id;
    private final long startingAfter;
    private final List<Long> numbers = new ArrayList<>();
    private boolean lost;
    private boolean ended;
    private boolean superseded;

    Watcher(World world, Line line, ResponseId id, long startingAfter) {
        this.world = world;
        this.line = line;
        this.id = id;
        this.startingAfter = startingAfter;
    }

    void run() {
        world.story.tell("watches after %d", startingAfter);
        line.say("{\"type\":\"rill:response.resume\",\"response_id\":\"" + id + "\",\"starting_after\":" + startingAfter
                + "}");
        try {
            while (!lost && !world.isAtRest()) {
                switch (line.next(LATE).orElse(null)) {
                    case Incoming.Closed _ -> lost = true;
                    case Incoming.Text(var message) -> hear(message);
                    case null -> {}
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void hear(String message) {
        var payload = Json.findObject(message).orElseThrow();
        superseded |= payload.at("/error/code").asText().equals("superseded");
        if (payload.path("sequence_number").isIntegralNumber()) {
            numbers.add(payload.path("sequence_number").asLong());
            ended |= EventTypes.isTerminal(payload.path("type").asText());
        }
    }

    ResponseId id() {
        return id;
    }

    /** The numbers that it was sent, in their order. */
    List<Long> numbers() {
        return List.copyOf(numbers);
    }

    /** Whether it has the terminal event. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether it was told that a newer socket has taken its place. */
    boolean isSuperseded() {
        return superseded;
    }

    /** Whether its socket was closed. */
    boolean isLost() {
        return lost;
    }
}
