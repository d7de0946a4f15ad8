package dev.rill.connect;

import dev.rill.aws.Aws;
import dev.rill.aws.DynamoConnections;
import java.time.Clock;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private Wiring() {}

    static ConnectionRegistry registry(Settings settings, Aws aws) {
        var clock = Clock.systemUTC();
        var connections = new DynamoConnections(aws.dynamoDb(), settings.connectionsTable(), clock);
        return new ConnectionRegistry(connections, settings.connectionLife(), clock);
    }
}
