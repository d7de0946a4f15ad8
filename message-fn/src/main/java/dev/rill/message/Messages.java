package dev.rill.message;

import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Refusal;
import dev.rill.aws.function.RefusalLog;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Intake;
import dev.rill.chat.Submission;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageIds;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.Sockets;
import dev.rill.message.SocketAuthentication.Authenticated;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles the messages of clients and posts the answers to their sockets: a prompt is submitted and queued, a cancel or
 * a resume is carried out at once. Each of them is for a client that is authenticated at that moment. Safe for use by
 * many threads.
 */
public final class Messages {

    private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

    /** A client that sends something in this time before the end of its authentication is told of the end. */
    private static final Duration EXPIRY_NOTICE = Duration.ofSeconds(30);

    private final Intake intake;
    private final SocketAuthentication authentication;
    private final Sockets sockets;
    private final TaskQueue tasks;
    private final InstantSource clock;

    public Messages(
            Intake intake, SocketAuthentication authentication, Sockets sockets, TaskQueue tasks, InstantSource clock) {
        this.intake = intake;
        this.authentication = authentication;
        this.sockets = sockets;
        this.tasks = tasks;
        this.clock = clock;
    }

    /**
     * Handles one message. Whatever the client did wrong, and whatever fails here, is posted to it as an {@code error}
     * event. A socket whose key is revoked is closed after that.
     *
     * @param address the IP address of the client as API Gateway saw it; empty if unknown. Behind the deployment's
     *     domain it is the distribution's, and the connection has the client's
     */
    public void receive(ConnectionId from, Optional<String> address, String text) throws InterruptedException {
        switch (ClientMessage.parse(text, MessageTrimmer.SOCKET_MESSAGE_BYTES)) {
            case ClientMessage.Ping(var eventId) -> pong(from, eventId);
            case ClientMessage.Rejected(var error, var ids) -> post(from, ServerMessage.error(error, ids));
            case ClientMessage.Authenticate(var token, var eventId) -> authenticate(from, token, eventId);
            case ClientMessage.Create(var request, var ids) ->
                whenAuthenticated(
                        from,
                        ids,
                        client -> intake.submit(
                                new Submission(
                                        request,
                                        client.connection().subject(),
                                        Optional.of(client.connection().socket().with(ids.stream())),
                                        QuotaKey.of(client.connection().subject(), Optional.of(from.value())),
                                        client.limits(),
                                        Optional.ofNullable(ids.event())
                                                .map(value -> IdempotencyKey.of(
                                                        client.connection().subject(),
                                                        client.connection()
                                                                .viewerAddress()
                                                                .or(() -> address),
                                                        value))),
                                ExpirySockets.of(sockets, client),
                                tasks));
            case ClientMessage.Cancel(var response, var ids) ->
                whenAuthenticated(
                        from,
                        ids,
                        client -> intake.cancel(
                                response,
                                client.connection().subject(),
                                Optional.of(client.connection().socket().with(ids.stream())),
                                sockets,
                                tasks));
            case ClientMessage.Resume(var response, var startingAfter, var ids) ->
                whenAuthenticated(
                        from,
                        ids,
                        client -> intake.resume(
                                response,
                                client.connection().subject(),
                                client.connection().socket().with(ids.stream()),
                                startingAfter,
                                sockets,
                                tasks));
        }
    }

    private void pong(ConnectionId from, @Nullable String eventId) throws InterruptedException {
        var end = authentication.findEnd(from);
        post(from, ServerMessage.pong(eventId, end));
        noticeExpiry(from, end);
    }

    private void authenticate(ConnectionId from, String token, @Nullable String eventId) throws InterruptedException {
        var ids = new MessageIds(eventId, Optional.empty());
        answering(from, ids, () -> {
            try {
                var renewed = authentication.renew(from, token);
                post(from, ServerMessage.authenticated(eventId, renewed.authenticatedUntil()));
            } catch (AuthenticationException e) {
                // The socket lives on: what it was let in by may still be good.
                refuse(from, ids, e);
            }
        });
    }

    /** Work for a client that is authenticated now. */
    @FunctionalInterface
    private interface AuthenticatedAction {
        void run(Authenticated client) throws ApiException, InterruptedException;
    }

    private void whenAuthenticated(ConnectionId from, MessageIds ids, AuthenticatedAction action)
            throws InterruptedException {
        answering(from, ids, () -> {
            Authenticated client;
            try {
                client = authentication.require(from);
            } catch (AuthenticationException e) {
                refuse(from, ids, e);
                if (e.refusal() == Refusal.INVALID_CREDENTIALS) {
                    sockets.close(from);
                }
                return;
            }
            noticeExpiry(from, client.until());
            action.run(client);
        });
    }

    private void refuse(ConnectionId from, MessageIds ids, AuthenticationException e) throws InterruptedException {
        RefusalLog.log(e);
        post(from, ServerMessage.error(e.toApiException().error(), ids));
    }

    private void noticeExpiry(ConnectionId from, Optional<Instant> until) throws InterruptedException {
        var now = clock.instant();
        if (until.filter(end -> now.isBefore(end) && !now.isBefore(end.minus(EXPIRY_NOTICE)))
                .isPresent()) {
            post(from, ServerMessage.authenticationExpires(until.get()));
        }
    }

    /** What a message asks for. */
    @FunctionalInterface
    private interface MessageAction {
        void run() throws ApiException, InterruptedException;
    }

    private void answering(ConnectionId from, MessageIds ids, MessageAction action) throws InterruptedException {
        try {
            action.run();
        } catch (ApiException e) {
            post(from, ServerMessage.error(e.error(), ids));
        } catch (RuntimeException e) {
            LOG.error("handling a client's message failed", e);
            // Clients are told nothing of the cause.
            var failure = ApiException.of(
                    500,
                    "server_error",
                    "The message could not be handled. If it was a request and no event of its answer comes within a minute, send it again.",
                    null);
            post(from, ServerMessage.error(failure.error(), ids));
        }
    }

    private void post(ConnectionId to, String message) throws InterruptedException {
        // The result is ignored: a client that has left needs no answer.
        var _ = sockets.post(to, message, LeaseCheck.ALWAYS);
    }
}
