package dev.rill.aws.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.history.HistorySettings.ModelStorage;
import dev.rill.chat.model.Retries;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowSettingsTest {

    @Test
    void missingVariablesHaveDefaults() {
        assertThat(FlowSettings.of(new Environment(Map.of())))
                .isEqualTo(new FlowSettings(
                        Duration.ofMillis(80),
                        Duration.ofSeconds(60),
                        HistorySettings.of(8, 2000, ModelStorage.NEVER)));
    }

    @Test
    void answersAreSetByTheEnvironment() {
        var settings = FlowSettings.of(new Environment(Map.of(
                "FRAME_INTERVAL_MILLIS", "100",
                "DETACH_GRACE_SECONDS", "5",
                "HISTORY_MEGABYTES", "2",
                "HISTORY_ITEMS", "30",
                "STORE_AT_MODEL", "true")));
        var random = new Random(1);

        assertThat(settings.answers(random))
                .isEqualTo(AnswerSettings.of(
                                Duration.ofMillis(100),
                                new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random),
                                Duration.ofSeconds(5))
                        .with(HistorySettings.of(2, 30, ModelStorage.AS_ASKED)));
    }
}
