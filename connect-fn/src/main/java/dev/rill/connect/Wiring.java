package dev.rill.connect;

import dev.rill.aws.Aws;
import dev.rill.aws.DynamoConnections;
import java.time.Clock;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

    private Wiring() {}

    static ConnectionRegistry presence(Settings settings, Aws aws) {
        var clock = Clock.systemUTC();
        var connections = new DynamoConnections(aws.dynamoDb(), settings.connectionsTable(), clock);
        return new ConnectionRegistry(connections, settings.connectionLife(), clock);
    }
}
