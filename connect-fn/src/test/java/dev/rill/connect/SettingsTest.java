package dev.rill.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.aws.function.CredentialSettings;
import dev.rill.aws.function.Environment;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void readsTheEnvironment() {
        assertThat(Settings.of(new Environment(Map.of(
                        "CONNECTIONS_TABLE",
                        "connections",
                        "CREDENTIALS_TABLE",
                        "credentials",
                        "SETTINGS_SECRET",
                        "arn:settings",
                        "CONNECTION_HOURS",
                        "5"))))
                .isEqualTo(new Settings(
                        "connections",
                        new CredentialSettings("credentials", Optional.of("arn:settings")),
                        Duration.ofHours(5)));
    }

    @Test
    void missingTableIsNamed() {
        assertThatThrownBy(() -> Settings.of(new Environment(Map.of()))).hasMessageContaining("CONNECTIONS_TABLE");
        assertThatThrownBy(() -> Settings.of(new Environment(Map.of("CONNECTIONS_TABLE", "connections"))))
                .hasMessageContaining("CREDENTIALS_TABLE");
    }
}
