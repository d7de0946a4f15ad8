package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rill.auth.DomainAccess.DirectUrls;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainAccessTest {

    private static final Optional<String> PEER = Optional.of("203.0.113.1");
    private static final Optional<String> DIRECT_HOST = Optional.of("abc.lambda-url.us-east-1.on.aws");
    private static final String SECRET = "s".repeat(43);

    @ParameterizedTest
    @EnumSource
    void viewerIsBelievedWithTheSecret(DirectUrls directUrls) throws Exception {
        var viewer = viewer(directUrls, headers("X-Rill-Domain-Secret", SECRET));

        assertThat(viewer)
                .isEqualTo(
                        new Viewer(Optional.of("198.51.100.7"), Optional.of("rill.example.com"), Viewer.Entry.DOMAIN));
        assertThat(viewer.throughDomain()).isTrue();
    }

    @Test
    void previousSecretIsBelievedToo() throws Exception {
        for (var secrets : List.of(List.of("new", SECRET), List.of(SECRET, "old"))) {
            var access = new DomainAccess(DirectUrls.CLOSED, () -> secrets);

            assertThat(access.viewer(headers("x-rill-domain-secret", SECRET), PEER, DIRECT_HOST)
                            .throughDomain())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "wrong", "S"})
    void viewerIsNotBelievedWithoutTheSecret(String shown) throws Exception {
        var headers = headers("x-rill-domain-secret", shown);

        assertThat(viewer(DirectUrls.OPEN, headers)).isEqualTo(new Viewer(PEER, DIRECT_HOST, Viewer.Entry.DIRECT_URL));
        assertRefused(Refusal.DIRECT_URL_CLOSED, new DomainAccess(DirectUrls.CLOSED, () -> List.of(SECRET)), headers);
    }

    /** A gateway that joins them would give the text of one of them a second meaning. */
    @Test
    void secretThatIsSentTwiceIsNone() throws Exception {
        var twice = Map.of("x-rill-domain-secret", List.of(SECRET, SECRET));

        assertThat(viewer(DirectUrls.OPEN, twice).throughDomain()).isFalse();
        assertThat(viewer(DirectUrls.OPEN, headers("x-rill-domain-secret", SECRET + "," + SECRET))
                        .throughDomain())
                .isFalse();
    }

    @Test
    void addressThatIsNamedTwiceIsThePeers() throws Exception {
        var headers = Map.of(
                "x-rill-domain-secret", List.of(SECRET),
                "x-rill-viewer-address", List.of("192.0.2.1", "192.0.2.2"));

        assertThat(viewer(DirectUrls.OPEN, headers)).isEqualTo(new Viewer(PEER, Optional.empty(), Viewer.Entry.DOMAIN));
    }

    @Test
    void deploymentWithoutADomainBelievesNoHeader() throws Exception {
        assertThat(DomainAccess.NONE.viewer(headers("x-rill-domain-secret", ""), PEER, DIRECT_HOST))
                .isEqualTo(new Viewer(PEER, DIRECT_HOST, Viewer.Entry.DIRECT_URL));
    }

    @Test
    void secretIsReadForRequestsThatShowOneAlone() throws Exception {
        var access = new DomainAccess(DirectUrls.OPEN, () -> {
            throw new IllegalStateException("no answer");
        });

        assertThat(access.viewer(Map.of(), PEER, DIRECT_HOST).address()).isEqualTo(PEER);
        assertRefused(Refusal.AUTHENTICATION_UNAVAILABLE, access, headers("x-rill-domain-secret", SECRET));
    }

    @ParameterizedTest
    @CsvSource({
        "rill.example.com, https://rill.example.com, true",
        "RILL.example.com, https://rill.example.com, true",
        "rill.example.com, http://rill.example.com, false",
        "rill.example.com, https://rill.example.com:8443, false",
        "rill.example.com, https://evil.example, false",
        "rill.example.com, null, false",
        "localhost:3000, http://localhost:3000, true",
        "localhost:3000, http://localhost:3001, false",
        "localhost.evil.example, http://localhost.evil.example, false",
        "'', https://, false"
    })
    void pageOfTheHostItselfIsNotForeign(String host, String origin, boolean own) {
        var viewer = new Viewer(Optional.empty(), Optional.of(host), Viewer.Entry.DOMAIN);

        assertThat(viewer.foreign(List.of(origin))).isEqualTo(own ? List.of() : List.of(origin));
        assertThat(viewer.foreign(List.of(origin, "https://x.example"))).contains("https://x.example");
    }

    private static Map<String, List<String>> headers(String name, String value) {
        return Map.of(
                name,
                List.of(value),
                "X-Rill-Viewer-Address",
                List.of("198.51.100.7"),
                "x-rill-viewer-host",
                List.of("rill.example.com"));
    }

    private static Viewer viewer(DirectUrls directUrls, Map<String, List<String>> headers)
            throws AuthenticationException {
        return new DomainAccess(directUrls, () -> List.of(SECRET)).viewer(headers, PEER, DIRECT_HOST);
    }

    private static void assertRefused(Refusal refusal, DomainAccess access, Map<String, List<String>> headers) {
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> access.viewer(headers, PEER, DIRECT_HOST))
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(refusal));
    }
}
