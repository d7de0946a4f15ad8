package dev.rill.simulation;

import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Submission;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageIds;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.PortException;
import dev.rill.chat.simulation.SimulatedProcess;
import dev.rill.chat.simulation.SimulatedSockets;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import java.util.Optional;

/** As {@code message-fn} does it: one process for each message of a client. */
final class MessageFunction {

    private final World world;

    MessageFunction(World world) {
        this.world = world;
    }

    void receive(ConnectionId from, String text) {
        var process = world.newProcess("message-fn", Fault.MESSAGE_KILLED, Fault.MESSAGE_KILLED);
        var _ = process.start("handler", () -> handle(from, text, process));
    }

    private void handle(ConnectionId from, String text, SimulatedProcess process) {
        var sockets = new SimulatedSockets(world.gateway, process, world.story, world.observations);
        var tasks = world.queue.of(process);
        var chat = world.chat(process);
        try {
            process.sleep(world.chaos.millis(3, 60));
            world.story.tell("receives from %s: %s", from, text);
            switch (ClientMessage.parse(text, MessageTrimmer.SOCKET_MESSAGE_BYTES)) {
                case ClientMessage.Ping(var eventId) -> post(sockets, from, ServerMessage.pong(eventId));
                case ClientMessage.Rejected(var error, var ids) -> post(sockets, from, ServerMessage.error(error, ids));
                case ClientMessage.Authenticate(var _, var eventId) ->
                    post(sockets, from, ServerMessage.authenticated(eventId, Optional.empty()));
                case ClientMessage.Create create ->
                    answering(sockets, from, create.ids(), connection -> {
                        var _ = chat.submit(submission(create, connection), sockets, tasks);
                    });
                case ClientMessage.Cancel(var id, var ids) ->
                    answering(
                            sockets,
                            from,
                            ids,
                            connection -> chat.cancel(
                                    id,
                                    connection.subject(),
                                    Optional.of(connection.socket().with(ids.stream())),
                                    sockets,
                                    tasks));
                case ClientMessage.Resume(var id, var after, var ids) ->
                    answering(
                            sockets,
                            from,
                            ids,
                            connection -> chat.resume(
                                    id,
                                    connection.subject(),
                                    connection.socket().with(ids.stream()),
                                    after,
                                    sockets,
                                    tasks));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (PortException e) {
            world.story.tell("fails: %s", e);
        }
    }

    private Submission submission(ClientMessage.Create create, Connection connection) {
        return new Submission(
                create.request(),
                connection.subject(),
                Optional.of(connection.socket().with(create.ids().stream())),
                world.quotaKey(connection.id().value()),
                world.limits,
                Optional.ofNullable(create.ids().event())
                        .map(value -> IdempotencyKey.of(connection.subject(), Optional.empty(), value)));
    }

    @FunctionalInterface
    private interface Deed {
        void run(Connection connection) throws ApiException, InterruptedException;
    }

    private void answering(SimulatedSockets sockets, ConnectionId from, MessageIds ids, Deed deed)
            throws InterruptedException {
        try {
            deed.run(world.connections.find(from).orElseThrow());
        } catch (ApiException e) {
            world.story.tell("refuses: %s", e);
            post(sockets, from, ServerMessage.error(e.error(), ids));
        } catch (PortException e) {
            world.story.tell("fails: %s", e);
            var sorry = ApiException.of(500, "server_error", "The message could not be handled.", null);
            post(sockets, from, ServerMessage.error(sorry.error(), ids));
        }
    }

    private static void post(SimulatedSockets sockets, ConnectionId to, String message) throws InterruptedException {
        var _ = sockets.post(to, message, LeaseCheck.ALWAYS);
    }
}
