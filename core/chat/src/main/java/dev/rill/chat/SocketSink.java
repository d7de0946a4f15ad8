package dev.rill.chat;

/**
 * Sends events to one socket. An event that is too large for a message is shortened, and {@code rill:omitted} says where. A client that
 * does not understand that would take a shortened terminal event for the whole answer: it is sent an error instead, which says how to get
 * the whole one.
 */
public record SocketSink(Sockets sockets, ClientSocket socket) implements Sink {

  @Override
  public Delivery deliver(Event event, Permit permit) throws InterruptedException {
    return sockets.post(socket.connection(), message(event), permit);
  }

  @Override
  public void abandon() throws InterruptedException {
    sockets.close(socket.connection());
  }

  private String message(Event event) {
    return switch (socket.subprotocol()) {
      case RILL_V1 -> Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES);
      case OTHER -> event.terminal() && !Fitting.fits(event, Fitting.SOCKET_MESSAGE_BYTES)
          ? ServerMessage.tooLarge(event)
          : Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES);
    };
  }
}
