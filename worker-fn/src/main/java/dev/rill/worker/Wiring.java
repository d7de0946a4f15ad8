package dev.rill.worker;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoQuota;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.SqsTaskQueue;
import dev.rill.aws.SqsVisibility;
import dev.rill.aws.function.ApiKey;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.AnswerPriming;
import dev.rill.chat.Answerer;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
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
import software.amazon.awssdk.services.sqs.SqsClient;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

    private static final ConnectionId NO_CONNECTION = new ConnectionId("rehearsal");

    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final Settings settings;
    private final Quota quota;
    private final SqsClient sqs;
    private final ResponseLog log;
    private final Sockets sockets;
    private final Supplier<String> apiKey;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        var dynamoDb = aws.dynamoDb();
        this.quota =
                new DynamoQuota(dynamoDb, settings.responsesTable(), clock, settings.maxRunning(), Integer.MAX_VALUE);
        this.sqs = aws.sqs();
        this.log = new DynamoResponseLog(dynamoDb, settings.responsesTable(), clock, random);
        this.sockets = new ApiGatewaySockets(
                aws.managementApi(settings.connectionsEndpoint()),
                new Backoff(Backoff.Bounds.DEFAULT, random, clock, Thread::sleep));
        this.apiKey = ApiKey.of(settings.openAiApiKey(), settings.openAiApiKeySecret(), aws, clock);
    }

    BatchProcessor batch() {
        var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random);
        var answerer = new Answerer(
                log,
                quota,
                Time.system(),
                AnswerSettings.of(settings.frameInterval(), retries, settings.detachGrace())
                        .with(settings.history()),
                new LoggedTelemetry());
        var prompts = new SqsTaskQueue(sqs, settings.promptQueueUrl());
        return new BatchProcessor(answerer, model(settings.openAiBaseUrl(), apiKey), sockets, prompts);
    }

    /** What hides the prompts of a batch while it is answered. */
    VisibilityHeartbeat hiding() {
        return new VisibilityHeartbeat(new SqsVisibility(sqs, settings.promptQueueUrl())::hide, Thread::sleep);
    }

    DeadLetters deadLetters(BatchProcessor processor) {
        return new DeadLetters(
                settings.deadLetterQueueArn(),
                processor,
                body -> sqs.sendMessage(
                        send -> send.queueUrl(settings.parkedQueueUrl()).messageBody(body)));
    }

    /** Goes every way that a prompt goes, for a response and a socket that do not exist. */
    void prime() throws Exception {
        var now = clock.instant();
        quota.release(new QuotaKey(NO_CONNECTION.value()), ResponseId.PRIMING);
        var _ = log.claim(ResponseId.PRIMING, now, now);
        var _ = log.read(ResponseId.PRIMING, -1);
        try {
            var _ = log.renew(ResponseId.PRIMING, 1, now, 0);
        } catch (LeaseLostException _) {
            // As it must be: there is no such response.
        }
        var _ = sockets.post(NO_CONNECTION, "{}", LeaseCheck.ALWAYS);
        try (var server = CannedServer.start();
                var model = model(server.baseUrl(), () -> "")) {
            AnswerPriming.answer(model, Time.system());
        }
        // Last, because a queue may refuse a receipt that it has not given.
        new SqsVisibility(sqs, settings.promptQueueUrl()).hide(List.of("rehearsal"), Duration.ZERO);
    }

    private OpenAiModel model(URI baseUrl, Supplier<String> key) {
        return new OpenAiModel(
                new OpenAiSettings(
                        baseUrl, key, settings.defaultModel(), settings.modelIdle(), OpenAiSettings.CONNECT_LIMIT),
                clock);
    }
}
