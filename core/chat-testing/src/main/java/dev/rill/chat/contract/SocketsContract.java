package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link Sockets} does. */
public abstract class SocketsContract {

    private static final ConnectionId SOMEONE = new ConnectionId("Lk9+/xyzCJoIAvg=");
    private static final ConnectionId ANOTHER = new ConnectionId("another");

    protected abstract Sockets sockets();

    /** The client of this connection leaves. */
    protected abstract void disconnect(ConnectionId connection);

    /** What the client of this connection has received, in order. */
    protected abstract List<String> received(ConnectionId connection);

    @Test
    void deliversInOrder() throws InterruptedException {
        var messages = IntStream.range(0, 50)
                .mapToObj(i -> "{\"sequence_number\":" + i + "}")
                .toList();

        var deliveries = new ArrayList<SendResult>();
        for (var message : messages) {
            deliveries.add(sockets().post(SOMEONE, message, LeaseCheck.ALWAYS));
        }

        assertThat(deliveries).hasSize(50).containsOnly(SendResult.DELIVERED);
        assertThat(received(SOMEONE)).containsExactlyElementsOf(messages);
    }

    @Test
    void deliversToTheOneThatWasNamed() throws InterruptedException {
        sockets().post(SOMEONE, "for someone", LeaseCheck.ALWAYS);
        sockets().post(ANOTHER, "for another", LeaseCheck.ALWAYS);

        assertThat(received(SOMEONE)).containsExactly("for someone");
        assertThat(received(ANOTHER)).containsExactly("for another");
    }

    @Test
    void keepsEveryCharacter() throws InterruptedException {
        var message = "{\"delta\":\"zoë 😀 漢字 \u2028 \\n\"}";

        sockets().post(SOMEONE, message, LeaseCheck.ALWAYS);

        assertThat(received(SOMEONE)).containsExactly(message);
    }

    @Test
    void deliversTheLargestMessage() throws InterruptedException {
        var message = "x".repeat(MessageTrimmer.SOCKET_MESSAGE_BYTES);

        assertThat(sockets().post(SOMEONE, message, LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(SOMEONE)).containsExactly(message);
    }

    @Test
    void tellsThatAClientHasLeft() throws InterruptedException {
        sockets().post(SOMEONE, "one", LeaseCheck.ALWAYS);
        disconnect(SOMEONE);

        assertThat(sockets().post(SOMEONE, "two", LeaseCheck.ALWAYS)).isEqualTo(SendResult.GONE);
        assertThat(sockets().post(ANOTHER, "three", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(SOMEONE)).containsExactly("one");
    }

    @Test
    void sendsNothingWithoutAPermit() throws InterruptedException {
        assertThat(sockets().post(SOMEONE, "one", () -> false)).isEqualTo(SendResult.WITHHELD);

        assertThat(received(SOMEONE)).isEmpty();
    }

    @Test
    void closesASocketOnceAndAgain() throws InterruptedException {
        sockets().post(SOMEONE, "one", LeaseCheck.ALWAYS);

        sockets().close(SOMEONE);
        sockets().close(SOMEONE);

        assertThat(sockets().post(SOMEONE, "two", LeaseCheck.ALWAYS)).isEqualTo(SendResult.GONE);
        assertThat(sockets().post(ANOTHER, "three", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(SOMEONE)).containsExactly("one");
    }
}
