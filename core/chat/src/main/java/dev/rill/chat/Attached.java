package dev.rill.chat;

import java.util.HashMap;
import java.util.Map;

/**
 * The sockets that want a response's events.
 *
 * @param version how often a socket has been attached; whoever writes the cursors must have seen the newest, or one that has just come
 *     would be lost
 */
public record Attached(long version, Map<ConnectionId, Cursor> cursors) {

  /** As many sockets follow one response at most; each costs room in a row that is written every second. */
  public static final int MAX_SOCKETS = 16;

  public Attached {
    cursors = Map.copyOf(cursors);
  }

  public static Attached none() {
    return new Attached(0, Map.of());
  }

  /** The one that asked, who has been sent everything up to {@code after} by whoever took the request. */
  public static Attached of(ConnectionId connection, long after) {
    return new Attached(0, Map.of(connection, new Cursor(after, "")));
  }

  /** The same with another socket, or with one put back to where it says it is. */
  public Attached with(ConnectionId connection, Cursor cursor) {
    var all = new HashMap<>(cursors);
    all.put(connection, cursor);
    return new Attached(version + 1, all);
  }
}
