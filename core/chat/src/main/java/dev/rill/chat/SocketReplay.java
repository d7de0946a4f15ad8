package dev.rill.chat;

import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.SocketSink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.util.List;

/** Sends logged events to sockets of responses that no attempt is answering. Safe for use by many threads. */
final class SocketReplay {

    private final ResponseLog log;
    private final Time time;
    private final Telemetry telemetry;

    SocketReplay(ResponseLog log, Time time, Telemetry telemetry) {
        this.log = log;
        this.time = time;
        this.telemetry = telemetry;
    }

    /**
     * Returns the events of an ended response after a number; at least the terminal one, even if the number is greater.
     */
    List<Event> eventsAfter(ResponseId id, long startingAfter) {
        var events = log.read(id, startingAfter);
        return events.isEmpty()
                ? log.find(id)
                        .map(header -> log.read(id, header.lastSequence() - 1))
                        .orElse(List.of())
                : events;
    }

    /** Sends events to a socket, and stops if it is gone. */
    void send(List<Event> events, ClientSocket socket, Sockets sockets) throws InterruptedException {
        var sink = new SocketSink(sockets, socket);
        for (var event : events) {
            if (sink.deliver(event, LeaseCheck.ALWAYS) != SendResult.DELIVERED) {
                return;
            }
        }
    }

    /** As {@link #send}, but emits a signal if the socket can't be posted to: its client resumes the response. */
    void trySend(ResponseId id, List<Event> events, ClientSocket socket, Sockets sockets) throws InterruptedException {
        try {
            send(events, socket, sockets);
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.Unreachable(id, e));
        }
    }

    /**
     * Sends a socket the events of an ended response after a number, unless the attempt that ended it still sends them.
     */
    void sendRest(ResponseHeader ended, long startingAfter, ClientSocket socket, Sockets sockets)
            throws InterruptedException {
        if (!ended.isDelivering(socket.connection(), startingAfter, time.instant())) {
            send(eventsAfter(ended.id(), startingAfter), socket, sockets);
        }
    }

    /**
     * Sends each socket the events after its position in the log. One that can't be posted to does not stop the others.
     */
    void sendRestToAll(ResponseId id, Subscriptions subscriptions, Sockets sockets) throws InterruptedException {
        for (var entry : subscriptions.cursors().entrySet()) {
            var socket = entry.getValue().socket(entry.getKey());
            trySend(id, eventsAfter(id, entry.getValue().after()), socket, sockets);
        }
    }

    /** Attaches a socket to a response, and sends an error to the socket that it supersedes, if any. */
    AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets)
            throws InterruptedException {
        var result = log.attach(id, subject, socket, startingAfter);
        if (result instanceof AttachResult.Live(var superseded) && superseded.isPresent()) {
            try {
                var message = ServerMessage.withStreamId(
                        ServerMessage.superseded(id, Subscriptions.MAX_SOCKETS), superseded.get().stream());
                var _ = sockets.post(superseded.get().connection(), message, LeaseCheck.ALWAYS);
            } catch (RuntimeException e) {
                telemetry.emit(new Signal.Unreachable(id, e));
            }
        }
        return result;
    }
}
