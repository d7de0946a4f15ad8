package dev.rill.worker;

import dev.rill.aws.Aws;
import dev.rill.aws.SqsVisibility;
import dev.rill.aws.function.AwsPorts;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.AnswerPriming;
import dev.rill.chat.Answerer;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.model.Retries;
import dev.rill.openai.CannedServer;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final Settings settings;
    private final AwsPorts ports;
    private final SqsClient sqs;
    private final SqsVisibility visibility;
    private final Supplier<String> apiKey;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        this.ports = AwsPorts.of(settings.ports(), aws);
        this.sqs = aws.sqs();
        this.visibility = new SqsVisibility(sqs, settings.ports().taskQueueUrl().toString());
        this.apiKey = settings.model().keys(aws, ports.time());
    }

    BatchProcessor processor() {
        var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), ports.random());
        var answerer = new Answerer(
                ports.log(),
                ports.quota(),
                ports.time(),
                AnswerSettings.of(settings.frameInterval(), retries, settings.detachGrace())
                        .with(settings.history()),
                new LoggedTelemetry());
        return new BatchProcessor(answerer, model(settings.model().baseUrl(), apiKey), ports.sockets(), ports.tasks());
    }

    VisibilityHeartbeat heartbeat() {
        return new VisibilityHeartbeat(visibility::hide, ports.time());
    }

    DeadLetters deadLetters(BatchProcessor processor) {
        var parkedQueueUrl = settings.deadLetters().parkedQueueUrl().toString();
        return new DeadLetters(
                settings.deadLetters().queueArn(),
                processor,
                body -> sqs.sendMessage(send -> send.queueUrl(parkedQueueUrl).messageBody(body)));
    }

    /** Primes the ports, and answers one request with a model server on loopback. */
    void prime() throws Exception {
        ports.prime();
        try (var server = CannedServer.start();
                var model = model(server.baseUrl(), () -> "")) {
            AnswerPriming.answer(model, ports.time());
        }
        // Last, because a queue may refuse a receipt that it never issued.
        visibility.prime();
    }

    private OpenAiModel model(URI baseUrl, Supplier<String> key) {
        return new OpenAiModel(
                new OpenAiSettings(
                        baseUrl,
                        key,
                        settings.model().defaultModel(),
                        settings.model().idle(),
                        OpenAiSettings.CONNECT_LIMIT),
                ports.time());
    }
}
