package dev.rill.chat.memory;

import dev.rill.chat.ConnectionId;
import dev.rill.chat.Delivery;
import dev.rill.chat.Sockets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sockets that keep what they were sent. Every connection is open until {@link #close}. */
public final class RecordingSockets implements Sockets {

  private final Map<ConnectionId, List<String>> received = new HashMap<>();
  private final Set<ConnectionId> closed = new HashSet<>();

  @Override
  public synchronized Delivery post(ConnectionId connection, String message) {
    if (closed.contains(connection)) {
      return Delivery.GONE;
    }
    received.computeIfAbsent(connection, _ -> new ArrayList<>()).add(message);
    return Delivery.DELIVERED;
  }

  /** The client leaves; what it received stays. */
  public synchronized void close(ConnectionId connection) {
    closed.add(connection);
  }

  /** The messages of this connection, in the order received. */
  public synchronized List<String> received(ConnectionId connection) {
    return List.copyOf(received.getOrDefault(connection, List.of()));
  }
}
