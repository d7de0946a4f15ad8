package dev.rill.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Grant;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.Flow;
import dev.rill.fuzz.FuzzTarget;
import java.time.Duration;
import java.util.Optional;

/** A client's message on a socket, through the function to the messages that it gets. */
public final class SocketEntranceTarget implements FuzzTarget {

    private static final ConnectionId SOCKET = new ConnectionId("socket");

    @Override
    public void test(byte[] input) throws InterruptedException {
        var flow = new Flow();
        var connections = new InMemoryConnections(flow.time);
        var now = flow.time.instant();
        connections.add(
                new Connection(SOCKET, Grant.ANONYMOUS, Subprotocol.RILL_V1, now, now.plus(Duration.ofHours(2))));
        var access = AccessPolicy.OPEN.with(Limits.ofPlaces(10, 50));
        var authentication = new SocketAuthentication(connections, () -> access);
        new Messages(flow.intake, authentication, flow.sockets, flow.queue, flow.time)
                .receive(SOCKET, Optional.of("192.0.2.1"), new String(input, UTF_8));
        flow.requireUnbroken();
        var received = flow.sockets.received(SOCKET);
        Checks.require(!received.isEmpty(), "the client is told nothing");
        for (var message : received) {
            Checks.require(Checks.isJson(message), "a message that is not JSON");
            Checks.requireUtf8(message);
            Checks.require(!isServerError(message), "the client is told that the server failed");
        }
    }

    /** A response that echoes a field {@code status} of the request is no error. */
    private static boolean isServerError(String message) {
        return Json.findObject(message)
                .filter(event -> event.path("type").asText().equals("error"))
                .filter(event -> event.path("status").asInt() >= 500)
                .isPresent();
    }
}
