package dev.rill.chat.memory;

import dev.rill.chat.Connections;
import dev.rill.chat.contract.ConnectionsContract;
import java.time.InstantSource;

class InMemoryConnectionsTest extends ConnectionsContract {

  @Override
  protected Connections connections(InstantSource clock) {
    return new InMemoryConnections(clock);
  }
}
