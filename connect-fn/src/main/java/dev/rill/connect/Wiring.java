package dev.rill.connect;

import dev.rill.aws.Aws;
import dev.rill.aws.DynamoConnections;
import dev.rill.aws.function.CurrentAccess;
import java.time.Clock;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final ConnectionRegistry registry;
    private final CurrentAccess access;

    Wiring(Settings settings, Aws aws) {
        var clock = Clock.systemUTC();
        this.registry = new ConnectionRegistry(
                new DynamoConnections(aws.dynamoDb(), settings.connectionsTable(), clock),
                settings.connectionLife(),
                clock);
        this.access = CurrentAccess.ofHandshakes(settings.credentials(), aws, clock);
    }

    ConnectionRegistry registry() {
        return registry;
    }

    Handshakes handshakes() {
        return new Handshakes(access, registry);
    }

    /** Primes the ports; names only ids that do not exist. */
    void prime() throws InterruptedException {
        registry.prime();
        access.prime();
    }
}
