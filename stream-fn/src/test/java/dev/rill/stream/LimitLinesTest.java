package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.aws.function.LoggedTelemetry;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Limit;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.StringLayout;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The fields by which metric filters of the template count limits, with the log4j2.xml that the function ships. */
class LimitLinesTest {

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
    void refusedRequestIsOneLineWithItsLimit() {
        new LoggedTelemetry().emit(new Signal.LimitReached(ResponseIds.of(1), Limit.TOKENS_PER_DAY));

        assertThat(lines()).hasSize(1);
        var line = lines().getFirst();
        assertThat(line.path("limit").textValue()).isEqualTo("tokens_per_day");
        assertThat(line.path("level").textValue()).isEqualTo("WARN");
        assertThat(line.has("ended")).isFalse();
    }

    @Test
    void endedResponseIsALineWithItsCode() {
        var telemetry = new LoggedTelemetry();
        telemetry.emit(ended(Status.INCOMPLETE, "budget_exceeded"));
        telemetry.emit(ended(Status.COMPLETED, ""));

        assertThat(lines()).hasSize(2);
        assertThat(lines().getFirst().path("ended").textValue()).isEqualTo("budget_exceeded");
        assertThat(lines().getFirst().path("message").textValue())
                .isEqualTo("ended incomplete budget_exceeded after 7 events and 1000 ms");
        assertThat(lines().getLast().has("ended")).isFalse();
        assertThat(lines()).noneMatch(line -> line.has("limit"));
    }

    private static Signal ended(Status status, String code) {
        return new Signal.Ended(ResponseIds.of(1), status, code, 7, Duration.ofSeconds(1));
    }

    private List<ObjectNode> lines() {
        return written.toString()
                .lines()
                .map(line -> Json.findObject(line).orElseThrow())
                .toList();
    }
}
