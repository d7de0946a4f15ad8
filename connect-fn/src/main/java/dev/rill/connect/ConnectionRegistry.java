package dev.rill.connect;

import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** Stores which subject is connected by which socket. Safe for use by many threads. */
final class ConnectionRegistry {

    private final Connections connections;
    private final Duration life;
    private final InstantSource clock;

    /**
     * Makes a registry.
     *
     * @param life how long a connection is stored; it expires then, because {@code $disconnect} may never be delivered
     */
    ConnectionRegistry(Connections connections, Duration life, InstantSource clock) {
        this.connections = connections;
        this.life = life;
        this.clock = clock;
    }

    void register(ConnectionId connection, Grant grant, Subprotocol subprotocol, Optional<String> viewerAddress) {
        var now = clock.instant();
        connections.add(new Connection(connection, grant, subprotocol, viewerAddress, now, now.plus(life)));
    }

    void unregister(ConnectionId connection) {
        connections.remove(connection);
    }

    /** Registers and unregisters a connection that does not exist, before SnapStart takes its snapshot. */
    void prime() {
        register(ConnectionId.PRIMING, Grant.ANONYMOUS, Subprotocol.OTHER, Optional.empty());
        unregister(ConnectionId.PRIMING);
    }
}
