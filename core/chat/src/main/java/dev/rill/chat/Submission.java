package dev.rill.chat;

import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A request and where it comes from.
 *
 * @param socket the socket that asked; empty over HTTP
 * @param quotaKey with whose responses it is counted
 * @param key makes a repeat harmless; empty where the client gave none
 */
public record Submission(
        CreateRequest request,
        Subject subject,
        Optional<ClientSocket> socket,
        QuotaKey quotaKey,
        Optional<IdempotencyKey> key) {

    /** The socket that asked; empty over HTTP. */
    public Optional<ConnectionId> connection() {
        return socket.map(ClientSocket::connection);
    }
}
