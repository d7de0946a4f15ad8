package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From which URLs an issuer may let its keys be read. */
class DiscoveredKeysTest {

    private static final String ISSUER = "https://login.example.com";

    @ParameterizedTest
    @CsvSource({
        "https://login.example.com, https://login.example.com/keys",
        "https://login.example.com, https://keys.example.net:8443/set?version=1",
        "http://127.0.0.1:8080,     https://login.example.com/keys",
        "http://127.0.0.1:8080,     http://127.0.0.1:9090/keys",
        "http://localhost:8080,     http://127.10.0.1/keys",
        "http://[::1]:8080,         http://[::1]:8080/keys?a=b",
    })
    void keysAreReadByHttpsOrOnLoopback(String issuer, String url) throws Exception {
        assertThat(DiscoveredKeys.keysUrl(issuer, url)).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://login.example.com/keys",
                "http://127.0.0.1/keys",
                "http://localhost/keys",
                "http://169.254.169.254/latest/meta-data",
                "HTTPS://login.example.com/keys",
                "https:///keys",
                "https://user@login.example.com/keys",
                "https://login.example.com/keys#a",
                "https://login.example.com/ke ys",
                "file:///etc/passwd",
                "jar:https://login.example.com/keys!/a",
                "/keys",
                ""
            })
    void issuerWithTlsIsReadByHttpsAlone(String url) {
        assertThatThrownBy(() -> DiscoveredKeys.keysUrl(ISSUER, url)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://login.example.com/keys",
                "http://0.0.0.0/keys",
                "http://127.0.0.1.example.com/keys",
                "http://localhost.example.com/keys",
                "http://[::]/keys"
            })
    void issuerOnLoopbackIsReadOnLoopbackAlone(String url) {
        assertThatThrownBy(() -> DiscoveredKeys.keysUrl("http://127.0.0.1:8080", url))
                .isInstanceOf(IOException.class);
    }

    @Test
    void documentWithoutAUrlOfKeysIsRefused() {
        assertThatThrownBy(() -> DiscoveredKeys.keysUrl(ISSUER, null)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DiscoveredKeys.keysUrl(ISSUER, 1)).isInstanceOf(IOException.class);
    }
}
