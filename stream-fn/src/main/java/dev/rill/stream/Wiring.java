package dev.rill.stream;

import dev.rill.auth.TicketIssuer;
import dev.rill.aws.Aws;
import dev.rill.aws.DynamoTicketWriter;
import dev.rill.aws.function.AwsPorts;
import dev.rill.aws.function.CurrentAccess;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.AnswerPriming;
import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.model.Retries;
import dev.rill.openai.CannedServer;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final Settings settings;
    private final AwsPorts ports;
    private final CurrentAccess access;
    private final DynamoTicketWriter tickets;
    private final Supplier<String> apiKey;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        this.ports = AwsPorts.of(settings.ports(), aws);
        this.access = CurrentAccess.ofRequests(settings.credentials(), aws, ports.time());
        this.tickets =
                new DynamoTicketWriter(aws.dynamoDb(), settings.credentials().table());
        this.apiKey = settings.model().keys(aws, ports.time());
    }

    Routes routes() {
        var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), ports.random());
        var telemetry = new LoggedTelemetry();
        var intake = new Intake(
                ports.log(),
                ports.quota(),
                ports.ids(),
                ports.time(),
                IntakeSettings.of(settings.model().defaultModel(), settings.retention())
                        .with(settings.history())
                        .with(access::requests),
                telemetry);
        var answerer = new Answerer(
                ports.log(),
                ports.quota(),
                ports.time(),
                AnswerSettings.of(settings.frameInterval(), retries, settings.detachGrace())
                        .with(settings.history()),
                telemetry);
        return new Routes(
                new Chat(intake, answerer),
                model(settings.model().baseUrl(), apiKey),
                ports.sockets(),
                ports.tasks(),
                new Entrance(access),
                new TicketIssuer(tickets, ports.random(), ports.time()));
    }

    /** Primes the ports, and answers one request with a model server on loopback. */
    void prime() throws Exception {
        ports.prime();
        access.prime();
        try (var server = CannedServer.start();
                var model = model(server.baseUrl(), () -> "")) {
            AnswerPriming.answer(model, ports.time());
        }
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
