package dev.rill.chat.memory;

import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** {@link Connections} in memory, for tests within one process. Safe for use by many threads. */
public final class InMemoryConnections implements Connections {

    private final ConcurrentHashMap<ConnectionId, Connection> connections = new ConcurrentHashMap<>();
    private final InstantSource clock;

    public InMemoryConnections(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public void add(Connection connection) {
        connections.put(connection.id(), connection);
    }

    @Override
    public Optional<Connection> find(ConnectionId id) {
        return Optional.ofNullable(connections.get(id))
                .filter(connection -> clock.instant().isBefore(connection.expiresAt()));
    }

    @Override
    public boolean renew(ConnectionId id, Grant grant) {
        return connections.computeIfPresent(
                        id,
                        (_, stored) -> new Connection(
                                id,
                                grant,
                                stored.subprotocol(),
                                stored.viewerAddress(),
                                stored.connectedAt(),
                                stored.expiresAt()))
                != null;
    }

    @Override
    public void remove(ConnectionId id) {
        connections.remove(id);
    }
}
