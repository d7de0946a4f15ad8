package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticationSettingsTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "keys", " keys ", "keys,keys"})
    void keysAreTheDefault(String modes) {
        var settings = AuthenticationSettings.of(Map.of("Authentication", modes));

        assertThat(settings).isEqualTo(new AuthenticationSettings(Set.of(AuthenticationMode.KEYS), Optional.empty()));
        assertThat(settings.open()).isFalse();
        assertThat(AuthenticationSettings.of(Map.of())).isEqualTo(settings);
    }

    @Test
    void openDeploymentIsAskedForByName() {
        assertThat(AuthenticationSettings.of(Map.of("Authentication", "none")).open())
                .isTrue();
    }

    @Test
    void parametersOfOidcAreRead() {
        var settings = AuthenticationSettings.of(Map.of(
                "Authentication",
                "keys, oidc",
                "OidcIssuers",
                "https://a.example, https://b.example/realms/x",
                "OidcAudience",
                "rill,other",
                "OidcSubjectClaim",
                "email",
                "OidcRequiredClaim",
                "scope=ask"));

        assertThat(settings.modes()).containsExactlyInAnyOrder(AuthenticationMode.KEYS, AuthenticationMode.OIDC);
        assertThat(settings.oidc())
                .contains(new OidcSettings(
                        List.of("https://a.example", "https://b.example/realms/x"),
                        Set.of("rill", "other"),
                        "email",
                        Optional.of(new RequiredClaim("scope", "ask"))));
    }

    @Test
    void subjectIsNamedBySubUnlessToldOtherwise() {
        var settings = AuthenticationSettings.of(
                Map.of("Authentication", "oidc", "OidcIssuers", "https://a.example", "OidcAudience", "rill"));

        assertThat(settings.oidc().orElseThrow().subjectClaim()).isEqualTo("sub");
        assertThat(settings.oidc().orElseThrow().requiredClaim()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Keys; Authentication: give keys, oidc, keys,oidc or none instead of 'Keys'",
                "keys,iam; Authentication: give keys, oidc, keys,oidc or none instead of 'keys,iam'",
                "','; Authentication: give keys, oidc, keys,oidc or none instead of ','",
                "keys,none; Authentication: give 'none' alone, or leave it out of 'keys,none'"
            })
    void wrongModesAreAnErrorThatSaysWhatToDo(String modes, String message) {
        assertThatThrownBy(() -> AuthenticationSettings.of(Map.of("Authentication", modes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void oidcWithoutIssuersOrAudienceIsAnError() {
        assertThatThrownBy(() -> AuthenticationSettings.of(Map.of("Authentication", "oidc", "OidcAudience", "rill")))
                .hasMessageStartingWith("OidcIssuers: name at least one issuer");
        assertThatThrownBy(() ->
                        AuthenticationSettings.of(Map.of("Authentication", "oidc", "OidcIssuers", "https://a.example")))
                .hasMessageStartingWith("OidcAudience: name the audience");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://a.example",
                "http://127.evil.example",
                "http://localhost.evil.example",
                "a.example",
                "file:///etc/passwd",
                "https://a.example?x=1",
                "https://a.example#x",
                "https://user@a.example",
                "https://a b",
                "https://a|b"
            })
    void issuerThatIsNotSafeToAskIsAnError(String issuer) {
        assertThatThrownBy(() -> new OidcSettings(List.of(issuer), Set.of("rill"), "sub", Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("OidcIssuers: write '" + issuer + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:8080/realms/x", "http://127.0.0.1:1", "http://[::1]:1", "https://a.example/"})
    void issuerOnThisMachineNeedsNoHttps(String issuer) {
        assertThat(new OidcSettings(List.of(issuer), Set.of("rill"), "sub", Optional.empty()).issuers())
                .containsExactly(issuer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scope", "=ask", "scope="})
    void requiredClaimIsANameAndAValue(String text) {
        assertThatThrownBy(() -> RequiredClaim.parse(text)).hasMessageStartingWith("OidcRequiredClaim: give");
    }
}
