package dev.rill.aws;

import dev.rill.chat.contract.ConnectionsContract;
import dev.rill.chat.socket.Connections;
import java.time.InstantSource;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Provider.class)
class DynamoConnectionsTest extends ConnectionsContract {

    private final Emulators emulators;

    DynamoConnectionsTest(Emulators emulators) {
        this.emulators = emulators;
    }

    @Override
    protected Connections connections(InstantSource clock) {
        return new DynamoConnections(emulators.dynamoDb(), Emulators.CONNECTIONS, clock);
    }
}
