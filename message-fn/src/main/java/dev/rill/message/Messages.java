package dev.rill.message;

import dev.rill.chat.ApiException;
import dev.rill.chat.Chat;
import dev.rill.chat.ClientMessage;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Connections;
import dev.rill.chat.Fitting;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.ServerMessage;
import dev.rill.chat.Sockets;

/** Answers what a client says on its socket, on that socket. */
final class Messages {

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

  void receive(ConnectionId from, String text) throws InterruptedException {
    switch (ClientMessage.parse(text, Fitting.SOCKET_MESSAGE_BYTES)) {
      case ClientMessage.Ping(var eventId) -> post(from, ServerMessage.pong(eventId));
      case ClientMessage.Rejected(var error, var eventId) -> post(from, ServerMessage.error(error, eventId));
      case ClientMessage.Create(var request, var eventId) -> {
        var connection = connections.find(from);
        if (connection.isPresent()) {
          chat.submit(request, connection.get().subject(), from, sockets, prompts);
        } else {
          var error = ApiException.of(401, "connection_expired", "This connection has expired. Connect again.", null);
          post(from, ServerMessage.error(error.error(), eventId));
        }
      }
    }
  }

  /** Tells the client that something here broke, in words that give nothing away. */
  void apologise(ConnectionId to) throws InterruptedException {
    var error = ApiException.of(500, "server_error", "The message could not be handled. Send it again.", null);
    post(to, ServerMessage.error(error.error(), null));
  }

  private void post(ConnectionId to, String message) throws InterruptedException {
    // A client that has gone needs no answer.
    var _ = sockets.post(to, message);
  }
}
