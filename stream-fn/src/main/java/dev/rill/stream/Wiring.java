package dev.rill.stream;

import dev.rill.auth.TicketIssuer;
import dev.rill.aws.Aws;
import dev.rill.aws.DynamoCurrentResponses;
import dev.rill.aws.DynamoTicketWriter;
import dev.rill.aws.function.AwsPorts;
import dev.rill.aws.function.CurrentAccess;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.aws.function.ModelSettings;
import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.ops.Time;
import dev.rill.openai.ModelApi;
import dev.rill.openai.ModelAuth;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import dev.rill.openai.RoutedModel;

/** Builds the objects of the function from its settings. */
final class Wiring {

    private final Settings settings;
    private final AwsPorts ports;
    private final CurrentAccess access;
    private final DynamoTicketWriter tickets;
    private final DynamoCurrentResponses chats;
    private final OpenAiSettings model;

    Wiring(Settings settings, Aws aws) {
        this.settings = settings;
        this.ports = AwsPorts.of(settings.ports(), aws);
        this.access = CurrentAccess.ofRequests(settings.credentials(), aws, ports.time());
        this.tickets =
                new DynamoTicketWriter(aws.dynamoDb(), settings.credentials().table());
        this.chats = new DynamoCurrentResponses(aws.dynamoDb(), settings.ports().responsesTable(), ports.time());
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

    Routes routes() {
        var telemetry = new LoggedTelemetry();
        var routed = new RoutedModel(model, ports.time(), LoggedTelemetry::fallback);
        var intake = new Intake(
                ports.log(),
                ports.quota(),
                ports.ids(),
                ports.time(),
                IntakeSettings.of(settings.model().defaultModel(), settings.retention())
                        .with(settings.flow().history())
                        .with(() -> routed.restrict(access.requests())),
                telemetry);
        var answerer = new Answerer(
                ports.log(), ports.quota(), ports.time(), settings.flow().answers(ports.random()), telemetry);
        return new Routes(
                new Chat(intake, answerer),
                new Ports(routed, ports.sockets(), ports.tasks(), chats),
                new Entrance(access),
                new TicketIssuer(tickets, ports.random(), ports.time()),
                WebPage.packed(settings.socketUrl(), settings.model().defaultModel()));
    }

    /** Primes the ports, and answers one request with a model server on loopback. */
    void prime() throws Exception {
        ports.prime();
        access.prime();
        chats.prime();
        OpenAiModel.prime(model, ports.time());
    }
}
