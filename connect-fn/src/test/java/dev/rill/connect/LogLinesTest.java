package dev.rill.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2WebSocketResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rill.auth.ApiKey;
import dev.rill.auth.Origins;
import dev.rill.auth.memory.ClosedDeployment;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.ManualTime;
import dev.rill.testing.lambda.TestContext;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.StringLayout;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The log lines of the function with the log4j2.xml that it ships: one JSON object a line. */
class LogLinesTest {
    private static final LoggerContext LOG4J = LoggerContext.getContext(false);
    private final StringWriter written = new StringWriter();
    private final WriterAppender appender = WriterAppender.newBuilder()
            .setName("test")
            .setTarget(written)
            .setLayout(
                    (StringLayout) LOG4J.getConfiguration().getAppender("json").getLayout())
            .build();

    @BeforeEach
    void addAppender() {
        appender.start();
        for (var logger : LOG4J.getConfiguration().getLoggers().values()) {
            logger.addAppender(appender, null, null);
        }
    }

    @AfterEach
    void removeAppender() {
        LOG4J.getConfiguration().getLoggers().values().forEach(logger -> logger.removeAppender("test"));
        Configurator.reconfigure();
    }

    @Test
    void lineHasRequestIdAndConnectionId() throws Exception {
        var time = new ManualTime();
        var registry = new ConnectionRegistry(new InMemoryConnections(time), Duration.ofHours(3), time);
        var handler = new ConnectHandler(new Handshakes(() -> AccessPolicy.OPEN, registry), registry, registry::prime);
        var event = LambdaWire.resource("connect.json")
                .replaceFirst(
                        "\"headers\": \\{",
                        "\"headers\": {\"Authorization\": \"Bearer hush\", \"Sec-WebSocket-Protocol\": \"rill, hush\",");

        LambdaWire.call(
                handler,
                APIGatewayV2WebSocketEvent.class,
                APIGatewayV2WebSocketResponse.class,
                event,
                new TestContext("connect-fn", "request-1", Duration.ofSeconds(10)));

        assertThat(lines()).hasSize(1);
        var line = lines().getFirst();
        assertThat(line.path("message").asText()).isEqualTo("connected");
        assertThat(line.path("level").asText()).isEqualTo("INFO");
        assertThat(line.path("connection_id").asText()).isEqualTo("JpZ3kfqPFiACEkg=");
        assertThat(line.path("function_request_id").asText()).isEqualTo("request-1");
        assertThat(written.toString()).doesNotContain("hush");
    }

    /** Metric filters of the template count lines by these fields. */
    @Test
    void refusalIsCountedAndNamesNeitherSubjectNorCredential() throws Exception {
        var time = new ManualTime();
        try (var deployment = new ClosedDeployment(time)) {
            var revoked = deployment.key("alice");
            deployment.keys().revoke(revoked.record().id());
            var secret = revoked.key().secret();
            var policy = new AccessPolicy(deployment.authenticator(), Origins.parse("*"));
            var registry = new ConnectionRegistry(new InMemoryConnections(time), Duration.ofHours(3), time);
            var handler = new ConnectHandler(new Handshakes(() -> policy, registry), registry, registry::prime);

            LambdaWire.call(
                    handler,
                    APIGatewayV2WebSocketEvent.class,
                    APIGatewayV2WebSocketResponse.class,
                    LambdaWire.resource("connect.json")
                            .replaceFirst(
                                    "\"multiValueHeaders\": \\{",
                                    "\"multiValueHeaders\": {\"Authorization\": [\"Bearer " + secret + "\"],"),
                    new TestContext("connect-fn", "request-1", Duration.ofSeconds(25)));

            assertThat(lines()).hasSize(1);
            var line = lines().getFirst();
            assertThat(line.path("refusal").asText()).isEqualTo("invalid_credentials");
            assertThat(line.path("reason").asText()).isEqualTo("revoked_key");
            assertThat(line.path("level").asText()).isEqualTo("WARN");
            assertThat(written.toString())
                    .doesNotContain(secret)
                    .doesNotContain(secret.substring(ApiKey.PREFIX.length()))
                    .doesNotContain("alice");
        }
    }

    /** Powertools sets the level of all loggers. At DEBUG the AWS SDK would log its requests, which hold prompts. */
    @Test
    void debugLevelAppliesToRillsOwnLoggersAlone() throws Exception {
        Configurator.setAllLevels("", Level.DEBUG);

        LoggerFactory.getLogger("software.amazon.awssdk.request").debug("Sending Request: hush");
        LoggerFactory.getLogger("dev.rill.connect").debug("own detail");
        LoggerFactory.getLogger("software.amazon.awssdk").warn("their warning");

        assertThat(lines())
                .extracting(line -> line.path("message").asText())
                .containsExactly("own detail", "their warning");
    }

    private List<JsonNode> lines() throws Exception {
        var lines = new ArrayList<JsonNode>();
        for (var line : written.toString().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }
}
