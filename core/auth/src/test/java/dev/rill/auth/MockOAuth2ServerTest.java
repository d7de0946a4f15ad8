package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The verifier understands an issuer that does not come from Rill; it signs with RSA. */
class MockOAuth2ServerTest {

    private static final String AUDIENCE = "rill";
    private static final long SECONDS = 3600;

    private final MockOAuth2Server server = new MockOAuth2Server();
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void close() {
        server.shutdown();
        background.close();
    }

    @Test
    void tokensOfItsIssuersAreVerified() throws Exception {
        var verifier = verifier("staff", "guests");

        for (var issuer : List.of("staff", "guests")) {
            assertThat(verifier.verify(token(issuer, AUDIENCE)).subject().value())
                    .isEqualTo("oidc:" + url(issuer) + "|alice");
        }
    }

    @Test
    void tokensForOthersAndOfOthersAreRefused() {
        var verifier = verifier("staff");

        assertThat(reason(verifier, token("staff", "another"))).contains(InvalidReason.AUDIENCE);
        assertThat(reason(verifier, token("guests", AUDIENCE))).contains(InvalidReason.ISSUER);
    }

    private OidcVerifier verifier(String... issuers) {
        var urls = List.of(issuers).stream().map(this::url).toList();
        var settings = new OidcSettings(urls, Set.of(AUDIENCE), "sub", Optional.empty());
        return new OidcVerifier(settings, InstantSource.system(), background);
    }

    private String url(String issuer) {
        return server.issuerUrl(issuer).toString();
    }

    private String token(String issuer, String audience) {
        return server.issueToken(issuer, "alice", audience, Map.of(), SECONDS).serialize();
    }

    private static Optional<InvalidReason> reason(OidcVerifier verifier, String token) {
        return catchThrowableOfType(AuthenticationException.class, () -> verifier.verify(token))
                .reason();
    }
}
