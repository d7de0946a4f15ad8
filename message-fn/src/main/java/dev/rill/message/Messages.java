package dev.rill.message;

import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Intake;
import dev.rill.chat.Submission;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.Sockets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what a client says on its socket, on that socket. */
public final class Messages {

    private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

    private final Intake intake;
    private final Connections connections;
    private final Sockets sockets;
    private final TaskQueue tasks;

    public Messages(Intake intake, Connections connections, Sockets sockets, TaskQueue tasks) {
        this.intake = intake;
        this.connections = connections;
        this.sockets = sockets;
        this.tasks = tasks;
    }

    /**
     * Does what a message asks, and answers errors on the same socket.
     *
     * @param address the client's IP address as the gateway saw it; empty if the gateway gave none
     */
    public void receive(ConnectionId from, Optional<String> address, String text) throws InterruptedException {
        switch (ClientMessage.parse(text, MessageTrimmer.SOCKET_MESSAGE_BYTES)) {
            case ClientMessage.Ping(var eventId) -> post(from, ServerMessage.pong(eventId));
            case ClientMessage.Rejected(var error, var eventId) -> post(from, ServerMessage.error(error, eventId));
            case ClientMessage.Create(var request, var eventId) ->
                withConnection(
                        from,
                        eventId,
                        connection -> intake.submit(
                                new Submission(
                                        request,
                                        connection.subject(),
                                        Optional.of(connection.socket()),
                                        QuotaKey.of(connection.subject(), Optional.of(from.value())),
                                        Optional.ofNullable(eventId)
                                                .map(value -> IdempotencyKey.of(connection.subject(), address, value))),
                                sockets,
                                tasks));
            case ClientMessage.Cancel(var response, var eventId) ->
                withConnection(
                        from,
                        eventId,
                        connection -> intake.cancel(
                                response, connection.subject(), Optional.of(connection.socket()), sockets));
            case ClientMessage.Resume(var response, var startingAfter, var eventId) ->
                withConnection(
                        from,
                        eventId,
                        connection -> intake.resume(
                                response, connection.subject(), connection.socket(), startingAfter, sockets, tasks));
        }
    }

    /** What is done for a client on its connection. */
    @FunctionalInterface
    private interface ConnectionAction {
        void run(Connection connection) throws ApiException, InterruptedException;
    }

    private void withConnection(ConnectionId from, @Nullable String eventId, ConnectionAction deed)
            throws InterruptedException {
        try {
            var connection = connections
                    .find(from)
                    .orElseThrow(() -> ApiException.of(
                            401, "connection_expired", "This connection has expired. Connect again.", null));
            deed.run(connection);
        } catch (ApiException e) {
            post(from, ServerMessage.error(e.error(), eventId));
        } catch (RuntimeException e) {
            LOG.error("a message could not be handled", e);
            // In words that give nothing away.
            var sorry = ApiException.of(
                    500,
                    "server_error",
                    "The message could not be handled. If it was a request and no event of its answer comes within a minute, send it again.",
                    null);
            post(from, ServerMessage.error(sorry.error(), eventId));
        }
    }

    private void post(ConnectionId to, String message) throws InterruptedException {
        // A client that has gone needs no answer.
        var _ = sockets.post(to, message, LeaseCheck.ALWAYS);
    }
}
