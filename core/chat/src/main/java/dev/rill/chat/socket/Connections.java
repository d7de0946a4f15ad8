package dev.rill.chat.socket;

import java.util.Optional;

/**
 * Port: the store of open connections and their users. Instants of a grant are in whole milliseconds. Safe for use by
 * many threads.
 */
public interface Connections {

    /** Stores a connection until its {@code expiresAt}. Replaces a stored one with the same id. */
    void add(Connection connection);

    /** Returns the connection with this id; empty if there is none, or if it has expired. */
    Optional<Connection> find(ConnectionId id);

    /**
     * Replaces the grant of a connection, and nothing else of it.
     *
     * @return false if there is no such connection; then nothing is stored
     */
    boolean renew(ConnectionId id, Grant grant);

    /** Removes a connection. Does nothing if it is unknown. */
    void remove(ConnectionId id);
}
