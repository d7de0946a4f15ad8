package dev.rill.chat;

/** Sends events to one socket; what is too large for a message is fitted. */
public record SocketSink(Sockets sockets, ConnectionId connection) implements Sink {

  @Override
  public Delivery deliver(Event event, Permit permit) throws InterruptedException {
    return sockets.post(connection, Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES), permit);
  }

  @Override
  public void abandon() throws InterruptedException {
    sockets.close(connection);
  }
}
