package dev.rill.chat.log;

import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The sockets that want a response's events.
 *
 * @param version how often a socket has been attached; a writer of the cursors must have seen the newest, or a socket
 *     that has just come would be lost
 */
public record Subscriptions(long version, Map<ConnectionId, Cursor> cursors) {

    /** The most sockets that are sent one response; each costs room in a row that is written every second. */
    public static final int MAX_SOCKETS = 16;

    public Subscriptions {
        // In the order of their joining, which is the same on every machine.
        cursors = Collections.unmodifiableMap(new LinkedHashMap<>(cursors));
    }

    public static Subscriptions none() {
        return new Subscriptions(0, Map.of());
    }

    /** The one that asked, which has been sent everything up to {@code after} by the function that took the request. */
    public static Subscriptions of(ClientSocket socket, long after) {
        return new Subscriptions(0, Map.of(socket.connection(), new Cursor(after, 0, socket.subprotocol())));
    }

    /**
     * The same with another socket, or with one put back to a number; without the socket that {@link #supersededBy} it.
     */
    public Subscriptions with(ClientSocket socket, long after, int maxSockets) {
        var all = new LinkedHashMap<>(cursors);
        supersededBy(socket.connection(), maxSockets).ifPresent(all::remove);
        all.put(socket.connection(), next(socket, after));
        return new Subscriptions(version + 1, all);
    }

    /** The cursor of a socket that is attached next. */
    public Cursor next(ClientSocket socket, long after) {
        return new Cursor(after, version + 1, socket.subprotocol());
    }

    /**
     * The socket that gives way if this one is attached: the one that was attached first.
     *
     * @return empty if there is room, or the socket is attached already
     */
    public Optional<ConnectionId> supersededBy(ConnectionId connection, int maxSockets) {
        if (cursors.size() < maxSockets || cursors.containsKey(connection)) {
            return Optional.empty();
        }
        return cursors.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().version()))
                .map(Map.Entry::getKey);
    }
}
