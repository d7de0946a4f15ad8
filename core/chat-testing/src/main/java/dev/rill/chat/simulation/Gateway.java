package dev.rill.chat.simulation;

import dev.rill.chat.socket.ConnectionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The sockets of a simulation, as an API gateway holds them. */
public final class Gateway {

    private final SimulatedTime time;
    private final Chaos chaos;
    private final Map<ConnectionId, Socket> sockets = new HashMap<>();
    private int opened;

    /** What a client reads. */
    public sealed interface Incoming {
        record Text(String message) implements Incoming {}

        record Closed(String why) implements Incoming {}
    }

    /** A client's end of a socket. */
    public static final class Socket {
        private final ConnectionId id;
        private final Mailbox<Incoming> inbox;
        private boolean open = true;

        Socket(ConnectionId id, Mailbox<Incoming> inbox) {
            this.id = id;
            this.inbox = inbox;
        }

        public ConnectionId id() {
            return id;
        }

        public boolean isOpen() {
            return open;
        }

        /** The next message; empty if none has come by then. */
        public Optional<Incoming> next(Duration patience) throws InterruptedException {
            return inbox.take(patience);
        }
    }

    public Gateway(SimulatedTime time, Chaos chaos) {
        this.time = time;
        this.chaos = chaos;
    }

    public Socket connect(String client) {
        var id = new ConnectionId(client + "." + opened++);
        var socket = new Socket(id, new Mailbox<>(time, "a message on " + id));
        sockets.put(id, socket);
        return socket;
    }

    /** Closes a socket; its client sees it after a while. */
    public void close(ConnectionId id, String why, Duration seenAfter) {
        var socket = sockets.get(id);
        if (socket != null && socket.open) {
            socket.open = false;
            socket.inbox.put(new Incoming.Closed(why), seenAfter);
        }
    }

    public boolean isOpen(ConnectionId id) {
        @Nullable Socket socket = sockets.get(id);
        return socket != null && socket.open;
    }

    /** Hands a message to a socket that is open. */
    void deliver(ConnectionId id, String message) {
        var socket = sockets.get(id);
        if (socket != null) {
            // One socket keeps its order: the delay is the same for all messages.
            socket.inbox.put(new Incoming.Text(message), Duration.ofMillis(3));
        }
    }

    Chaos chaos() {
        return chaos;
    }
}
