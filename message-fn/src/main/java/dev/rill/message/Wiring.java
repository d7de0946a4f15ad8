package dev.rill.message;

import dev.rill.aws.Aws;
import dev.rill.aws.DynamoConnections;
import dev.rill.aws.function.AwsPorts;
import dev.rill.aws.function.CurrentAccess;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageTrimmer;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final Settings settings;
    private final AwsPorts ports;
    private final DynamoConnections connections;
    private final CurrentAccess access;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        this.ports = AwsPorts.of(settings.ports(), aws);
        this.connections = new DynamoConnections(aws.dynamoDb(), settings.connectionsTable(), ports.time());
        this.access = CurrentAccess.ofMessages(settings.credentials(), aws, ports.time());
    }

    Messages messages() {
        var intake = new Intake(
                ports.log(),
                ports.quota(),
                ports.ids(),
                ports.time(),
                IntakeSettings.of(settings.defaultModel(), settings.retention())
                        .with(settings.history())
                        .with(access::requests),
                new LoggedTelemetry());
        return new Messages(
                intake, new SocketAuthentication(connections, access), ports.sockets(), ports.tasks(), ports.time());
    }

    /** Parses a message and primes the ports; names only ids that do not exist. */
    void prime() throws InterruptedException {
        var _ = ClientMessage.parse(
                "{\"type\":\"response.create\",\"input\":\"priming\"}", MessageTrimmer.SOCKET_MESSAGE_BYTES);
        connections.prime();
        access.prime();
        ports.prime();
    }
}
