package dev.rill.load.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {

    @Test
    void keyOfTheEnvironmentIsSentAsBearer() throws LoadException {
        assertThat(authorization(ApiKey.of(Map.of("RILL_API_KEY", " rill_abc\n"))))
                .isEqualTo("Bearer rill_abc");
    }

    @Test
    void withoutTheVariableNothingIsSent() throws LoadException {
        assertThat(authorization(ApiKey.of(Map.of()))).isEqualTo("nothing");
        assertThat(authorization(ApiKey.of(Map.of("RILL_API_KEY", " ")))).isEqualTo("nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rill_a rill_b", "rill_a\nX-Header: b", "rill_ä"})
    void valueThatIsNoKeyIsRefusedAndNotRepeated(String value) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> ApiKey.of(Map.of("RILL_API_KEY", value)))
                .withMessage("RILL_API_KEY must be one key or token, and nothing else");
    }

    @Test
    void targetShowsNoKey() throws LoadException {
        var target = Target.parse("http://127.0.0.1:3000").with(ApiKey.of(Map.of("RILL_API_KEY", "rill_abc")));

        assertThat(target.toString()).doesNotContain("rill_abc").contains("a key");
    }

    private static String authorization(ApiKey key) {
        return key.addTo(HttpRequest.newBuilder(URI.create("http://127.0.0.1")))
                .build()
                .headers()
                .firstValue("Authorization")
                .orElse("nothing");
    }
}
