package dev.rill.chat;

import java.util.LinkedHashSet;
import java.util.Set;

/** Sends events to every socket that is attached to a response; one that is gone is left out from then on. */
public final class SocketSink implements Sink {

  private final Sockets sockets;
  private final Set<ConnectionId> attached;

  public SocketSink(Sockets sockets, Set<ConnectionId> attached) {
    this.sockets = sockets;
    this.attached = new LinkedHashSet<>(attached);
  }

  @Override
  public Delivery deliver(Event event) throws InterruptedException {
    var message = Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES);
    for (var connections = attached.iterator(); connections.hasNext();) {
      if (sockets.post(connections.next(), message) == Delivery.GONE) {
        connections.remove();
      }
    }
    return attached.isEmpty() ? Delivery.GONE : Delivery.DELIVERED;
  }
}
