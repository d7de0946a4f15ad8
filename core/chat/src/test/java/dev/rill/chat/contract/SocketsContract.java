package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.ConnectionId;
import dev.rill.chat.Delivery;
import dev.rill.chat.Fitting;
import dev.rill.chat.Permit;
import dev.rill.chat.Sockets;
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
    var messages = IntStream.range(0, 50).mapToObj(i -> "{\"sequence_number\":" + i + "}").toList();

    var deliveries = new ArrayList<Delivery>();
    for (var message : messages) {
      deliveries.add(sockets().post(SOMEONE, message, Permit.ALWAYS));
    }

    assertThat(deliveries).hasSize(50).containsOnly(Delivery.DELIVERED);
    assertThat(received(SOMEONE)).containsExactlyElementsOf(messages);
  }

  @Test
  void deliversToTheOneThatWasNamed() throws InterruptedException {
    sockets().post(SOMEONE, "for someone", Permit.ALWAYS);
    sockets().post(ANOTHER, "for another", Permit.ALWAYS);

    assertThat(received(SOMEONE)).containsExactly("for someone");
    assertThat(received(ANOTHER)).containsExactly("for another");
  }

  @Test
  void keepsEveryCharacter() throws InterruptedException {
    var message = "{\"delta\":\"zoë 😀 漢字 \u2028 \\n\"}";

    sockets().post(SOMEONE, message, Permit.ALWAYS);

    assertThat(received(SOMEONE)).containsExactly(message);
  }

  @Test
  void deliversTheLargestMessage() throws InterruptedException {
    var message = "x".repeat(Fitting.SOCKET_MESSAGE_BYTES);

    assertThat(sockets().post(SOMEONE, message, Permit.ALWAYS)).isEqualTo(Delivery.DELIVERED);
    assertThat(received(SOMEONE)).containsExactly(message);
  }

  @Test
  void tellsThatAClientHasLeft() throws InterruptedException {
    sockets().post(SOMEONE, "one", Permit.ALWAYS);
    disconnect(SOMEONE);

    assertThat(sockets().post(SOMEONE, "two", Permit.ALWAYS)).isEqualTo(Delivery.GONE);
    assertThat(sockets().post(ANOTHER, "three", Permit.ALWAYS)).isEqualTo(Delivery.DELIVERED);
    assertThat(received(SOMEONE)).containsExactly("one");
  }

  @Test
  void sendsNothingWithoutAPermit() throws InterruptedException {
    assertThat(sockets().post(SOMEONE, "one", () -> false)).isEqualTo(Delivery.WITHHELD);
    assertThat(sockets().post(SOMEONE, "two", Permit.ALWAYS)).isEqualTo(Delivery.DELIVERED);

    assertThat(received(SOMEONE)).containsExactly("two");
  }

  @Test
  void closesASocketMoreThanOnce() throws InterruptedException {
    sockets().post(SOMEONE, "one", Permit.ALWAYS);

    sockets().close(SOMEONE);
    sockets().close(SOMEONE);

    assertThat(sockets().post(SOMEONE, "two", Permit.ALWAYS)).isEqualTo(Delivery.GONE);
  }
}
