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

/** The contract of {@link Sockets}. */
public abstract class SocketsContract {

    private static final ConnectionId FIRST = new ConnectionId("Lk9+/xyzCJoIAvg=");
    private static final ConnectionId SECOND = new ConnectionId("second");

    protected abstract Sockets sockets();

    /** Closes a connection on the client's side. */
    protected abstract void disconnect(ConnectionId connection);

    /** Returns the messages that the client of a connection has received, in order. */
    protected abstract List<String> received(ConnectionId connection);

    @Test
    void messagesAreDeliveredInOrder() throws InterruptedException {
        var messages = IntStream.range(0, 50)
                .mapToObj(i -> "{\"sequence_number\":" + i + "}")
                .toList();

        var results = new ArrayList<SendResult>();
        for (var message : messages) {
            results.add(sockets().post(FIRST, message, LeaseCheck.ALWAYS));
        }

        assertThat(results).hasSize(50).containsOnly(SendResult.DELIVERED);
        assertThat(received(FIRST)).containsExactlyElementsOf(messages);
    }

    @Test
    void messageIsDeliveredToItsConnection() throws InterruptedException {
        sockets().post(FIRST, "for the first", LeaseCheck.ALWAYS);
        sockets().post(SECOND, "for the second", LeaseCheck.ALWAYS);

        assertThat(received(FIRST)).containsExactly("for the first");
        assertThat(received(SECOND)).containsExactly("for the second");
    }

    @Test
    void everyCharacterIsDelivered() throws InterruptedException {
        var message = "{\"delta\":\"zoë 😀 漢字 \u2028 \\n\"}";

        sockets().post(FIRST, message, LeaseCheck.ALWAYS);

        assertThat(received(FIRST)).containsExactly(message);
    }

    @Test
    void largestMessageIsDelivered() throws InterruptedException {
        var message = "x".repeat(MessageTrimmer.SOCKET_MESSAGE_BYTES);

        assertThat(sockets().post(FIRST, message, LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(FIRST)).containsExactly(message);
    }

    @Test
    void postToADisconnectedClientIsGone() throws InterruptedException {
        sockets().post(FIRST, "one", LeaseCheck.ALWAYS);
        disconnect(FIRST);

        assertThat(sockets().post(FIRST, "two", LeaseCheck.ALWAYS)).isEqualTo(SendResult.GONE);
        assertThat(sockets().post(SECOND, "three", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(FIRST)).containsExactly("one");
    }

    @Test
    void postWithoutTheLeaseIsWithheld() throws InterruptedException {
        assertThat(sockets().post(FIRST, "one", () -> false)).isEqualTo(SendResult.WITHHELD);

        assertThat(received(FIRST)).isEmpty();
    }

    @Test
    void secondCloseChangesNothing() throws InterruptedException {
        sockets().post(FIRST, "one", LeaseCheck.ALWAYS);

        sockets().close(FIRST);
        sockets().close(FIRST);

        assertThat(sockets().post(FIRST, "two", LeaseCheck.ALWAYS)).isEqualTo(SendResult.GONE);
        assertThat(sockets().post(SECOND, "three", LeaseCheck.ALWAYS)).isEqualTo(SendResult.DELIVERED);
        assertThat(received(FIRST)).containsExactly("one");
    }
}
