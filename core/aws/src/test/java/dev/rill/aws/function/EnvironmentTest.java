package dev.rill.aws.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {

    @Test
    void urlThatIsMissingOrBlankIsNone() {
        assertThat(new Environment(Map.of()).findUri("SOCKET_URL")).isEmpty();
        assertThat(new Environment(Map.of("SOCKET_URL", " ")).findUri("SOCKET_URL"))
                .isEmpty();
        assertThat(new Environment(Map.of("SOCKET_URL", "wss://a.example/prod")).findUri("SOCKET_URL"))
                .contains(URI.create("wss://a.example/prod"));
    }

    @Test
    void invalidUrlIsAnErrorThatNamesItsVariable() {
        var environment = new Environment(Map.of("SOCKET_URL", "wss://a b"));

        assertThatThrownBy(() -> environment.findUri("SOCKET_URL"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("SOCKET_URL");
    }
}
