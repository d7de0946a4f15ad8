package dev.rill.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Chat;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Submission;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.Gateway.Incoming;
import dev.rill.chat.simulation.Mailbox;
import dev.rill.chat.simulation.PortException;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedSockets;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** As {@code stream-fn} does it: a process for each request over HTTP. */
final class StreamFunction {

    private static final Duration MARGIN = Duration.ofSeconds(1);
    private static final Duration NETWORK = Duration.ofMillis(3);

    private final World world;

    StreamFunction(World world) {
        this.world = world;
    }

    /** Asks; the answer is read from the line. */
    Line ask(String client, String body, Optional<String> key) {
        return open(client, (chat, process, line, deadline) -> {
            var request = CreateRequest.of(Json.findObject(body).orElseThrow());
            var submission = new Submission(
                    request,
                    Subject.ANONYMOUS,
                    Optional.empty(),
                    world.quotaKey(client),
                    world.limits,
                    key.map(value -> IdempotencyKey.of(Subject.ANONYMOUS, Optional.empty(), value)));
            var _ = chat.respond(
                    submission,
                    deadline,
                    world.model.of(process),
                    sockets(process),
                    tasks(process),
                    sink(line, process));
        });
    }

    /** Follows a response. */
    Line follow(String client, ResponseId id, long startingAfter) {
        return open(
                client,
                (chat, process, line, deadline) -> chat.follow(
                        id, Subject.ANONYMOUS, startingAfter, tasks(process), sink(line, process), deadline));
    }

    /** Stops a response. */
    void cancel(String client, ResponseId id) {
        var _ = open(client, (chat, process, _, _) -> {
            chat.cancel(id, Subject.ANONYMOUS, Optional.empty(), sockets(process), world.queue.of(process));
            ObjectNode _ = chat.awaitEnd(id, Subject.ANONYMOUS, Duration.ofSeconds(5));
        });
    }

    /** Deletes a response. */
    void delete(String client, ResponseId id) {
        var _ = open(client, (chat, _, _, _) -> chat.delete(id, Subject.ANONYMOUS));
    }

    @FunctionalInterface
    private interface Route {
        void handle(Chat chat, SimulatedProcess process, HttpLine line, Instant deadline)
                throws ApiException, InterruptedException;
    }

    private Line open(String client, Route route) {
        var process = world.newProcess("stream-fn", Fault.STREAM_KILLED, Fault.STREAM_FROZEN);
        var line = new HttpLine(new Mailbox<>(world.time, "an HTTP answer for " + client));
        world.onDeath(process, () -> line.inbox.put(new Incoming.Closed("cut"), NETWORK));
        world.time.after(World.FUNCTION_TIMEOUT, () -> world.timeOut(process));
        var deadline = process.instant().plus(World.FUNCTION_TIMEOUT).minus(MARGIN);
        var _ = process.start("handler", () -> handle(route, process, line, deadline));
        return line;
    }

    private void handle(Route route, SimulatedProcess process, HttpLine line, Instant deadline) {
        try {
            process.sleep(world.chaos.millis(3, 60));
            route.handle(world.chat(process), process, line, deadline);
            line.inbox.put(new Incoming.Closed("done"), NETWORK);
        } catch (ApiException e) {
            world.story.tell("refuses: %s", e);
            line.inbox.put(new Incoming.Closed("refused: " + e.error().code()), NETWORK);
        } catch (PortException e) {
            world.story.tell("fails: %s", e);
            line.inbox.put(new Incoming.Closed("status 500"), NETWORK);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private SimulatedSockets sockets(SimulatedProcess process) {
        return new SimulatedSockets(world.gateway, process, world.story, world.observations);
    }

    private TaskQueue tasks(SimulatedProcess process) {
        return world.queue.of(process);
    }

    private Sink sink(HttpLine line, SimulatedProcess process) {
        return (event, leaseCheck) -> deliver(event, leaseCheck, line, process);
    }

    private SendResult deliver(Event event, LeaseCheck leaseCheck, HttpLine line, SimulatedProcess process)
            throws InterruptedException {
        if (!leaseCheck.isHeld()) {
            return SendResult.WITHHELD;
        }
        process.sleep(world.chaos.millis(0, 2));
        if (!line.open) {
            return SendResult.GONE;
        }
        line.show(event);
        return SendResult.DELIVERED;
    }

    /** One HTTP answer. */
    private final class HttpLine implements Line {
        private final Mailbox<Incoming> inbox;
        private Optional<ResponseId> id = Optional.empty();
        private boolean open = true;

        HttpLine(Mailbox<Incoming> inbox) {
            this.inbox = inbox;
        }

        void show(Event event) {
            id = id.or(() -> Json.findObject(event.json())
                    .flatMap(payload ->
                            ResponseId.find(payload.path("response").path("id").asText())));
            id.ifPresent(known -> world.observations.check(known, event.sequenceNumber(), event.type(), event.json()));
            inbox.put(new Incoming.Text(event.json()), NETWORK);
        }

        @Override
        public Optional<Incoming> next(Duration patience) throws InterruptedException {
            return inbox.take(patience);
        }

        @Override
        public boolean speaks() {
            return false;
        }

        @Override
        public void say(String message) {
            throw new IllegalStateException("nothing is said in an HTTP answer");
        }

        @Override
        public void cut() {
            open = false;
        }
    }
}
