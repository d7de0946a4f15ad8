package dev.rill.chat.memory;

import dev.rill.chat.contract.ConnectionsContract;
import dev.rill.chat.socket.Connections;
import java.time.InstantSource;

class InMemoryConnectionsTest extends ConnectionsContract {

    @Override
    protected Connections connections(InstantSource clock) {
        return new InMemoryConnections(clock);
    }
}
