package dev.rill.chat.log;

import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The sockets that are attached to a response, with their positions.
 *
 * @param version the number of attachments so far. A write of the cursors must name the newest version; otherwise it
 *     would remove a socket that was attached meanwhile
 */
public record Subscriptions(long version, Map<ConnectionId, Cursor> cursors) {

    /** The maximum number of sockets of one response. Each takes space in a row that is written every second. */
    public static final int MAX_SOCKETS = 16;

    public Subscriptions {
        // In the order of attachment, so that all machines iterate alike.
        cursors = Collections.unmodifiableMap(new LinkedHashMap<>(cursors));
    }

    public static Subscriptions none() {
        return new Subscriptions(0, Map.of());
    }

    /**
     * The socket of the request alone. The function that accepted the request has sent it the events through
     * {@code after}.
     */
    public static Subscriptions of(ClientSocket socket, long after) {
        return new Subscriptions(0, Map.of(socket.connection(), Cursor.of(socket, after, 0)));
    }

    /**
     * Returns a copy with this socket at this position, and without the socket that it {@linkplain #supersededBy
     * supersedes}.
     */
    public Subscriptions with(ClientSocket socket, long after, int maxSockets) {
        var all = new LinkedHashMap<>(cursors);
        supersededBy(socket.connection(), maxSockets).ifPresent(oldest -> all.remove(oldest.connection()));
        all.put(socket.connection(), next(socket, after));
        return new Subscriptions(version + 1, all);
    }

    /** Returns the cursor that the next attachment gets. */
    public Cursor next(ClientSocket socket, long after) {
        return Cursor.of(socket, after, version + 1);
    }

    /**
     * Returns the socket that is detached if this one is attached: the one with the oldest attachment.
     *
     * @return empty if there is room, or if this socket is attached already
     */
    public Optional<ClientSocket> supersededBy(ConnectionId connection, int maxSockets) {
        if (cursors.size() < maxSockets || cursors.containsKey(connection)) {
            return Optional.empty();
        }
        return cursors.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().version()))
                .map(oldest -> oldest.getValue().socket(oldest.getKey()));
    }
}
