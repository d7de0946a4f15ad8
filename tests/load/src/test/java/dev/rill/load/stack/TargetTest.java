package dev.rill.load.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:3000,http://127.0.0.1:3000,ws://127.0.0.1:3000",
        "ws://127.0.0.1:3000/,http://127.0.0.1:3000,ws://127.0.0.1:3000",
        "WSS://example.com/live,https://example.com/live,wss://example.com/live"
    })
    void urlOfEitherTransportGivesBoth(String url, String http, String webSocket) throws LoadException {
        assertThat(Target.parse(url)).hasToString("Target[http=" + http + ", webSocket=" + webSocket + ", key=no key]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "127.0.0.1:3000", "ftp://127.0.0.1", "http://", "ws://a b"})
    void urlWithoutSchemeOrHostIsRefused(String url) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> Target.parse(url))
                .withMessageStartingWith("--url must be like");
    }
}
