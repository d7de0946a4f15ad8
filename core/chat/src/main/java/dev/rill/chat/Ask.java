package dev.rill.chat;

import java.util.Optional;

/**
 * A request and where it comes from.
 *
 * @param socket the socket that asked; empty over HTTP
 * @param group with whose responses it is counted
 * @param key makes a repeat harmless; empty where the client gave none
 */
public record Ask(CreateRequest request, Subject subject, Optional<ClientSocket> socket, Group group,
    Optional<IdempotencyKey> key) {

  /** The socket that asked; empty over HTTP. */
  public Optional<ConnectionId> connection() {
    return socket.map(ClientSocket::connection);
  }
}
