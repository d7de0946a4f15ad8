package dev.rill.chat.memory;

import dev.rill.chat.contract.SocketsContract;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Sockets;
import java.util.List;

class RecordingSocketsTest extends SocketsContract {

    private final RecordingSockets sockets = new RecordingSockets();

    @Override
    protected Sockets sockets() {
        return sockets;
    }

    @Override
    protected void disconnect(ConnectionId connection) {
        sockets.close(connection);
    }

    @Override
    protected List<String> received(ConnectionId connection) {
        return sockets.received(connection);
    }
}
