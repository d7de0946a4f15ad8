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

/**
 * Handles the messages of clients and posts the answers to their sockets: a prompt is submitted and queued, a cancel or
 * a resume is carried out at once. Safe for use by many threads.
 */
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
     * Handles one message. Whatever the client did wrong, and whatever fails here, is posted to it as an {@code error}
     * event.
     *
     * @param address the client's IP address as API Gateway saw it; empty if unknown
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

    /** Work for a client whose connection has been found. */
    @FunctionalInterface
    private interface ConnectionAction {
        void run(Connection connection) throws ApiException, InterruptedException;
    }

    private void withConnection(ConnectionId from, @Nullable String eventId, ConnectionAction action)
            throws InterruptedException {
        try {
            var connection = connections
                    .find(from)
                    .orElseThrow(() -> ApiException.of(
                            401, "connection_expired", "This connection has expired. Connect again.", null));
            action.run(connection);
        } catch (ApiException e) {
            post(from, ServerMessage.error(e.error(), eventId));
        } catch (RuntimeException e) {
            LOG.error("handling a client's message failed", e);
            // Clients are told nothing of the cause.
            var failure = ApiException.of(
                    500,
                    "server_error",
                    "The message could not be handled. If it was a request and no event of its answer comes within a minute, send it again.",
                    null);
            post(from, ServerMessage.error(failure.error(), eventId));
        }
    }

    private void post(ConnectionId to, String message) throws InterruptedException {
        // The result is ignored: a client that has left needs no answer.
        var _ = sockets.post(to, message, LeaseCheck.ALWAYS);
    }
}
