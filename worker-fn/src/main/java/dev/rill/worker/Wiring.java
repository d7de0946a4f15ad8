package dev.rill.worker;

import dev.rill.aws.Aws;
import dev.rill.aws.SqsVisibility;
import dev.rill.aws.function.AwsPorts;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.aws.function.ModelSettings;
import dev.rill.chat.Answerer;
import dev.rill.chat.ops.Time;
import dev.rill.openai.ModelApi;
import dev.rill.openai.ModelAuth;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import dev.rill.openai.RoutedModel;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final Settings settings;
    private final AwsPorts ports;
    private final SqsClient sqs;
    private final SqsVisibility visibility;
    private final OpenAiSettings model;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        this.ports = AwsPorts.of(settings.ports(), aws);
        this.sqs = aws.sqs();
        this.visibility = new SqsVisibility(sqs, settings.ports().taskQueueUrl().toString());
        this.model = modelSettings(settings.model(), aws, ports.time());
    }

    private static OpenAiSettings modelSettings(ModelSettings model, Aws aws, Time time) {
        var auth = switch (model.auth()) {
            case ModelSettings.Auth.Key key -> new ModelAuth.Key(key.keys(aws, time));
            case ModelSettings.Auth.Bedrock(var scope) -> new ModelAuth.Signature(aws.bedrockSigner(scope, time)::sign);
        };
        return new OpenAiSettings(
                model.baseUrl(),
                auth,
                model.defaultModel(),
                model.idle(),
                OpenAiSettings.CONNECT_LIMIT,
                ModelApi.of(model.api()));
    }

    BatchProcessor processor() {
        var answerer = new Answerer(
                ports.log(),
                ports.quota(),
                ports.time(),
                settings.flow().answers(ports.random()),
                new LoggedTelemetry());
        return new BatchProcessor(
                answerer,
                new RoutedModel(model, ports.time(), LoggedTelemetry::fallback),
                ports.sockets(),
                ports.tasks());
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
        OpenAiModel.prime(model, ports.time());
        // Last, because a queue may refuse a receipt that it never issued.
        visibility.prime();
    }
}
