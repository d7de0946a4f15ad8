package dev.rill.connect;

import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.InstantSource;

/** Keeps account of who is on which socket. */
final class ConnectionRegistry {

    private final Connections connections;
    private final Duration life;
    private final InstantSource clock;

    /** @param life after how long a connection expires: the gateway may never tell that it has closed */
    ConnectionRegistry(Connections connections, Duration life, InstantSource clock) {
        this.connections = connections;
        this.life = life;
        this.clock = clock;
    }

    void register(ConnectionId connection, Subject subject, Subprotocol subprotocol) {
        var now = clock.instant();
        connections.add(new Connection(connection, subject, subprotocol, now, now.plus(life)));
    }

    void unregister(ConnectionId connection) {
        connections.remove(connection);
    }

    /** Goes once through everything that a connection goes through, and leaves nothing behind. */
    void prime() {
        register(ConnectionId.PRIMING, Subject.ANONYMOUS, Subprotocol.OTHER);
        unregister(ConnectionId.PRIMING);
    }
}
