package dev.rill.connect;

import dev.rill.chat.Connection;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Connections;
import dev.rill.chat.Subject;
import dev.rill.chat.Subprotocol;
import java.time.Duration;
import java.time.InstantSource;

/** Keeps account of who is on which socket. */
final class Presence {

  /** No gateway names a connection so. */
  private static final ConnectionId NOBODY = new ConnectionId("snapshot-priming");

  private final Connections connections;
  private final Duration life;
  private final InstantSource clock;

  /** @param life after how long a connection expires: the gateway may never tell that it has closed */
  Presence(Connections connections, Duration life, InstantSource clock) {
    this.connections = connections;
    this.life = life;
    this.clock = clock;
  }

  void arrived(ConnectionId connection, Subject subject, Subprotocol subprotocol) {
    var now = clock.instant();
    connections.add(new Connection(connection, subject, subprotocol, now, now.plus(life)));
  }

  void left(ConnectionId connection) {
    connections.remove(connection);
  }

  /** Goes once through everything that a connection goes through, and leaves nothing behind. */
  void rehearse() {
    arrived(NOBODY, Subject.ANONYMOUS, Subprotocol.OTHER);
    left(NOBODY);
  }
}
