package dev.rill.chat.socket;

import java.util.Optional;

/** Port: who is on which socket. Safe for use by many threads. */
public interface Connections {

    /** Remembers a connection until its {@code expiresAt}; the same id again replaces it. */
    void add(Connection connection);

    /** The connection of this id; empty where there is none, or it has expired. */
    Optional<Connection> find(ConnectionId id);

    /** Forgets a connection; one that is unknown is no error. */
    void remove(ConnectionId id);
}
