package dev.rill.message;

import dev.rill.chat.ApiException;
import dev.rill.chat.Ask;
import dev.rill.chat.Chat;
import dev.rill.chat.ClientMessage;
import dev.rill.chat.Connection;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Connections;
import dev.rill.chat.Fitting;
import dev.rill.chat.Group;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Permit;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.ServerMessage;
import dev.rill.chat.Sockets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what a client says on its socket, on that socket. */
final class Messages {

  private static final Logger LOG = LoggerFactory.getLogger(Messages.class);

  private final Chat chat;
  private final Connections connections;
  private final Sockets sockets;
  private final PromptQueue prompts;

  Messages(Chat chat, Connections connections, Sockets sockets, PromptQueue prompts) {
    this.chat = chat;
    this.connections = connections;
    this.sockets = sockets;
    this.prompts = prompts;
  }

  /** @param address where the client is, as the gateway saw it; empty where that is not known */
  void receive(ConnectionId from, Optional<String> address, String text) throws InterruptedException {
    switch (ClientMessage.parse(text, Fitting.SOCKET_MESSAGE_BYTES)) {
      case ClientMessage.Ping(var eventId) -> post(from, ServerMessage.pong(eventId));
      case ClientMessage.Rejected(var error, var eventId) -> post(from, ServerMessage.error(error, eventId));
      case ClientMessage.Create(var request, var eventId) -> on(from, eventId,
          connection -> chat.submit(new Ask(request, connection.subject(), Optional.of(connection.socket()),
              Group.of(connection.subject(), Optional.of(from.value())), Optional.ofNullable(eventId)
                  .map(value -> IdempotencyKey.of(connection.subject(), address, value))),
              sockets, prompts));
      case ClientMessage.Cancel(var response, var eventId) -> on(from, eventId,
          connection -> chat.cancel(response, connection.subject(), Optional.of(connection.socket()), sockets));
      case ClientMessage.Resume(var response, var startingAfter, var eventId) -> on(from, eventId,
          connection -> chat.resume(response, connection.subject(), connection.socket(), startingAfter, sockets,
              prompts));
    }
  }

  /** What is done for a client on its connection. */
  @FunctionalInterface
  private interface Deed {
    void of(Connection connection) throws ApiException, InterruptedException;
  }

  private void on(ConnectionId from, @Nullable String eventId, Deed deed) throws InterruptedException {
    try {
      var connection = connections.find(from).orElseThrow(
          () -> ApiException.of(401, "connection_expired", "This connection has expired. Connect again.", null));
      deed.of(connection);
    } catch (ApiException e) {
      post(from, ServerMessage.error(e.error(), eventId));
    } catch (RuntimeException e) {
      LOG.error("a message could not be handled", e);
      // In words that give nothing away.
      var sorry = ApiException.of(500, "server_error",
          "The message could not be handled. If it was a request and no event of its answer comes within a minute, send it again.",
          null);
      post(from, ServerMessage.error(sorry.error(), eventId));
    }
  }

  private void post(ConnectionId to, String message) throws InterruptedException {
    // A client that has gone needs no answer.
    var _ = sockets.post(to, message, Permit.ALWAYS);
  }
}
