package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {

    private final Origins origins =
            Origins.parse("https://app.example, http://localhost:5173,chrome-extension://abc, http://[::1]:3000");

    @ParameterizedTest
    @ValueSource(
            strings = {"https://app.example", "http://localhost:5173", "chrome-extension://abc", "http://[::1]:3000"})
    void listedOriginsAreAllowed(String origin) {
        assertThatCode(() -> origins.check(List.of(origin))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "",
                "*",
                "https://evil.example",
                "http://app.example",
                "https://app.example:8443",
                "https://app.example.evil.example",
                "https://evil.example/https://app.example",
                "https://app.example/",
                "HTTPS://APP.EXAMPLE",
                "https://app.example https://evil.example"
            })
    void otherOriginsAreRefused(String origin) {
        var refused = catchThrowableOfType(AuthenticationException.class, () -> origins.check(List.of(origin)));

        assertThat(refused.refusal()).isEqualTo(Refusal.ORIGIN_NOT_ALLOWED);
    }

    @Test
    void allOfSeveralOriginsMustBeAllowed() {
        assertThatThrownBy(() -> origins.check(List.of("https://app.example", "https://evil.example")))
                .isInstanceOf(AuthenticationException.class);
    }

    @Test
    void programsSendNoOriginAndAreAllowed() {
        assertThatCode(() -> origins.check(List.of())).doesNotThrowAnyException();
        assertThatCode(() -> Origins.parse("").check(List.of())).doesNotThrowAnyException();
    }

    @Test
    void emptyListAllowsNoPage() {
        assertThatThrownBy(() -> Origins.parse(" ").check(List.of("https://app.example")))
                .isInstanceOf(AuthenticationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "https://evil.example"})
    void starAllowsAll(String origin) {
        assertThatCode(() -> Origins.parse(" * ").check(List.of(origin))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app.example",
                "https://app.example/",
                "https://App.example",
                "https://*.example",
                "https://app.example:443",
                "http://app.example:80",
                "https://a b",
                "null",
                "*,https://app.example"
            })
    void entryThatNoBrowserSendsIsAnErrorOfOneLine(String list) {
        assertThatThrownBy(() -> Origins.parse(list))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("AllowedOrigins: ")
                .message()
                .hasLineCount(1);
    }
}
