package dev.rill.chat.socket;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ServerMessage;

/**
 * Sends events to one socket. An event that is too large for a message is shortened, and {@code rill:omitted} lists
 * what was removed. A client without {@link dev.rill.chat.protocol.Subprotocol#RILL_V1} would take a shortened terminal
 * event for the complete answer; it is sent an error with the URL of the complete response instead.
 */
public record SocketSink(Sockets sockets, ClientSocket socket) implements Sink {

    @Override
    public SendResult deliver(Event event, LeaseCheck leaseCheck) throws InterruptedException {
        return sockets.post(socket.connection(), message(event), leaseCheck);
    }

    @Override
    public void abandon() throws InterruptedException {
        sockets.close(socket.connection());
    }

    private String message(Event event) {
        var maxBytes = ServerMessage.maxBytes(socket.stream());
        var message = switch (socket.subprotocol()) {
            case RILL_V1 -> MessageTrimmer.trim(event, maxBytes);
            case OTHER ->
                event.terminal() && !MessageTrimmer.fits(event, maxBytes)
                        ? ServerMessage.tooLarge(event)
                        : MessageTrimmer.trim(event, maxBytes);
        };
        return ServerMessage.withStreamId(message, socket.stream());
    }
}
