package dev.rill.message;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoConnections;
import dev.rill.aws.DynamoQuota;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.SqsTaskQueue;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ClientMessage;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.security.SecureRandom;
import java.time.Clock;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

    private static final ConnectionId NO_CONNECTION = new ConnectionId("rehearsal");

    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final Settings settings;
    private final Quota quota;
    private final ResponseLog log;
    private final Connections connections;
    private final Sockets sockets;
    private final TaskQueue tasks;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        var dynamoDb = aws.dynamoDb();
        this.quota = new DynamoQuota(
                dynamoDb, settings.responsesTable(), clock, settings.maxRunning(), settings.maxQueued());
        this.log = new DynamoResponseLog(dynamoDb, settings.responsesTable(), clock, random);
        this.connections = new DynamoConnections(dynamoDb, settings.connectionsTable(), clock);
        this.sockets = new ApiGatewaySockets(
                aws.managementApi(settings.connectionsEndpoint()),
                new Backoff(Backoff.Bounds.DEFAULT, random, clock, Thread::sleep));
        this.tasks = new SqsTaskQueue(aws.sqs(), settings.promptQueueUrl());
    }

    Messages messages() {
        var intake = new Intake(
                log,
                quota,
                Ids.random(random),
                Time.system(),
                IntakeSettings.of(settings.defaultModel(), settings.retention()).with(settings.history()),
                new LoggedTelemetry());
        return new Messages(intake, connections, sockets, tasks);
    }

    /**
     * Goes the ways that a message goes, for a response and a socket that do not exist. The queue is left out: a worker
     * would be woken by it.
     */
    void prime() throws InterruptedException {
        var now = clock.instant();
        var _ = ClientMessage.parse(
                "{\"type\":\"response.create\",\"input\":\"rehearsal\"}", MessageTrimmer.SOCKET_MESSAGE_BYTES);
        var _ = connections.find(NO_CONNECTION);
        quota.release(new QuotaKey(NO_CONNECTION.value()), ResponseId.PRIMING);
        var _ = log.claim(ResponseId.PRIMING, now, now);
        var _ = log.attach(ResponseId.PRIMING, Subject.ANONYMOUS, ClientSocket.of(NO_CONNECTION), -1);
        var _ = log.requestCancel(ResponseId.PRIMING, Subject.ANONYMOUS);
        var _ = log.read(ResponseId.PRIMING, -1);
        var _ = sockets.post(NO_CONNECTION, ServerMessage.pong(null), LeaseCheck.ALWAYS);
    }
}
