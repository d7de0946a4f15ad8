package dev.rill.stream;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoQuota;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.SqsTaskQueue;
import dev.rill.aws.function.ApiKey;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.AnswerPriming;
import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.Sockets;
import dev.rill.openai.CannedServer;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

    private static final ConnectionId NO_CONNECTION = new ConnectionId("rehearsal");

    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final Settings settings;
    private final Quota quota;
    private final ResponseLog log;
    private final Sockets sockets;
    private final TaskQueue tasks;
    private final Supplier<String> apiKey;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        var dynamoDb = aws.dynamoDb();
        this.quota = new DynamoQuota(
                dynamoDb, settings.responsesTable(), clock, settings.maxRunning(), settings.maxQueued());
        this.log = new DynamoResponseLog(dynamoDb, settings.responsesTable(), clock, random);
        this.sockets = new ApiGatewaySockets(
                aws.managementApi(settings.connectionsEndpoint()),
                new Backoff(Backoff.Bounds.DEFAULT, random, clock, Thread::sleep));
        this.tasks = new SqsTaskQueue(aws.sqs(), settings.promptQueueUrl());
        this.apiKey = ApiKey.of(settings.openAiApiKey(), settings.openAiApiKeySecret(), aws, clock);
    }

    Routes routes() {
        var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random);
        var time = Time.system();
        var telemetry = new LoggedTelemetry();
        var intake = new Intake(
                log,
                quota,
                Ids.random(random),
                time,
                IntakeSettings.of(settings.defaultModel(), settings.retention()).with(settings.history()),
                telemetry);
        var answerer = new Answerer(
                log,
                quota,
                time,
                AnswerSettings.of(settings.frameInterval(), retries, settings.detachGrace())
                        .with(settings.history()),
                telemetry);
        var chat = new Chat(intake, answerer);
        return new Routes(chat, model(settings.openAiBaseUrl(), apiKey), sockets, tasks);
    }

    /** Goes every way that a request goes, for a response that does not exist. */
    void prime() throws Exception {
        quota.release(new QuotaKey(NO_CONNECTION.value()), ResponseId.PRIMING);
        var _ = log.find(ResponseId.PRIMING);
        var _ = log.read(ResponseId.PRIMING, -1);
        try {
            var _ = log.renew(ResponseId.PRIMING, 1, clock.instant(), 0);
        } catch (LeaseLostException _) {
            // As it must be: there is no such response.
        }
        try {
            var _ = log.append(new Append(
                    ResponseId.PRIMING,
                    1,
                    Status.IN_PROGRESS,
                    clock.instant(),
                    0,
                    Subscriptions.none(),
                    clock.instant(),
                    List.of(new Event(0, "rehearsal", "{}"))));
        } catch (LeaseLostException _) {
            // The same.
        }
        var _ = sockets.post(NO_CONNECTION, "{}", LeaseCheck.ALWAYS);
        try (var server = CannedServer.start();
                var model = model(server.baseUrl(), () -> "")) {
            AnswerPriming.answer(model, Time.system());
        }
    }

    private OpenAiModel model(URI baseUrl, Supplier<String> key) {
        return new OpenAiModel(
                new OpenAiSettings(
                        baseUrl, key, settings.defaultModel(), settings.modelIdle(), OpenAiSettings.CONNECT_LIMIT),
                clock);
    }
}
