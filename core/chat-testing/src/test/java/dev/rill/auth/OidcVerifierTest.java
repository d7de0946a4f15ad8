package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.Subject;
import dev.rill.testing.oidc.OidcServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that are good, the rotation of keys, and issuers that are down. What is refused is in {@link AttackTest}. */
class OidcVerifierTest {

    private static final Duration CACHE = Duration.ofMinutes(5);
    private static final Duration BETWEEN_READS = Duration.ofSeconds(30);
    private static final Duration OUTAGE = Duration.ofHours(1);

    private final ManualTime time = new ManualTime();
    private final OidcServer issuer = OidcServer.start();
    private final OidcVerifier verifier = verifier(settings("sub", Optional.empty()));

    OidcVerifierTest() throws IOException {}

    @AfterEach
    void close() {
        issuer.close();
    }

    @Test
    void tokenNamesItsSubjectAndItsEnd() throws Exception {
        var token = issuer.sign(claims().build());

        assertThat(verifier.verify(token))
                .isEqualTo(new Authentication(
                        new Subject("oidc:" + issuer.issuer() + "|alice"),
                        Optional.empty(),
                        Optional.of(time.instant().plus(Duration.ofDays(2)).truncatedTo(ChronoUnit.SECONDS)),
                        LimitOverrides.NONE));
    }

    @Test
    void nothingIsReadBeforeTheFirstToken() throws Exception {
        assertThat(issuer.readsOfKeys()).isZero();

        verifier.verify(issuer.sign(claims().build()));
        verifier.verify(issuer.sign(claims().build()));

        assertThat(issuer.readsOfKeys()).isEqualTo(1);
    }

    @Test
    void refusedBeforeItsKeyIsSoughtReadsNothing() {
        assertThat(refusal(claims().issuer("https://evil.example"))).isEqualTo(Refusal.INVALID_CREDENTIALS);
        assertThat(issuer.readsOfKeys()).isZero();
    }

    @Test
    void accessTokenOfCognitoIsTakenByItsClient() throws Exception {
        var token = issuer.sign(claims().audience((String) null)
                .claim("client_id", "rill")
                .claim("token_use", "access")
                .build());

        assertThat(verifier.verify(token).subject().value()).endsWith("|alice");
    }

    @Test
    void oneOfSeveralAudiencesIsEnough() throws Exception {
        var token = issuer.sign(claims().audience(List.of("another", "rill")).build());

        assertThat(verifier.verify(token).subject().value()).endsWith("|alice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    void typesOfAccessAndIdTokensAreTaken(String type) throws Exception {
        var header = issuer.header().type(new JOSEObjectType(type)).build();

        verifier.verify(OidcServer.sign(header, claims().build(), issuer.key()));
    }

    @Test
    void clocksMayDifferByAMinute() throws Exception {
        var now = time.instant().truncatedTo(ChronoUnit.SECONDS);
        time.advance(Duration.between(time.instant(), now));
        var token = issuer.sign(claims().notBeforeTime(Date.from(now.plusSeconds(60)))
                .expirationTime(Date.from(now.plusSeconds(60)))
                .build());

        verifier.verify(token);
        time.advance(Duration.ofMinutes(2).minusMillis(1));
        assertThat(verifier.verify(token).authenticatedUntil()).contains(now.plusSeconds(60));
        time.advance(Duration.ofMillis(1));
        assertThat(reason(verifier, token)).contains(InvalidReason.EXPIRED);
    }

    @Test
    void anotherClaimNamesTheSubject() throws Exception {
        var byEmail = verifier(settings("email", Optional.empty()));
        var token = issuer.sign(claims().claim("email", "alice@example.com").build());

        assertThat(byEmail.verify(token).subject().value()).isEqualTo("oidc:" + issuer.issuer() + "|alice@example.com");
        assertThat(reason(byEmail, issuer.sign(claims().build()))).contains(InvalidReason.SUBJECT);
    }

    @Test
    void requiredScopeIsFoundInEachOfItsForms() throws Exception {
        var strict = verifier(settings("sub", Optional.of(RequiredClaim.parse("scope=ask"))));

        strict.verify(issuer.sign(claims().claim("scope", "openid ask").build()));
        strict.verify(
                issuer.sign(claims().claim("scp", List.of("openid", "ask")).build()));
        strict.verify(issuer.sign(claims().claim("scp", "openid ask").build()));
        assertThat(reason(
                        strict,
                        issuer.sign(claims().claim("scp", List.of("asks")).build())))
                .contains(InvalidReason.REQUIRED_CLAIM);
    }

    @Test
    void requiredClaimIsAValueOrAMemberOfAList() throws Exception {
        var strict = verifier(settings("sub", Optional.of(RequiredClaim.parse("cognito:groups=staff"))));

        strict.verify(
                issuer.sign(claims().claim("cognito:groups", List.of("staff")).build()));
        strict.verify(issuer.sign(claims().claim("cognito:groups", "staff").build()));
        assertThat(reason(
                        strict,
                        issuer.sign(claims().claim("cognito:groups", "staff x").build())))
                .contains(InvalidReason.REQUIRED_CLAIM);
    }

    @Test
    void tokensOfSeveralIssuersAreKeptApart() throws Exception {
        try (var second = OidcServer.start()) {
            var both = verifier(new OidcSettings(
                    List.of(issuer.issuer(), second.issuer()), Set.of("rill"), "sub", Optional.empty()));
            var ofSecond = claims().issuer(second.issuer()).build();

            assertThat(both.verify(second.sign(ofSecond)).subject().value())
                    .isEqualTo("oidc:" + second.issuer() + "|alice");
            assertThat(reason(both, issuer.sign(ofSecond))).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
        }
    }

    @Test
    void issuerWithASlashAtItsEndIsDiscovered() throws Exception {
        var name = issuer.issuer() + "/";
        issuer.changeDocument(document -> with(document, "issuer", name));
        var slashed = verifier(new OidcSettings(List.of(name), Set.of("rill"), "sub", Optional.empty()));

        slashed.verify(issuer.sign(claims().issuer(name).build()));
    }

    @Test
    void newKeyIsReadOnceHoweverManyTokensHaveIt() throws Exception {
        verifier.verify(issuer.sign(claims().build()));
        issuer.rotate();
        var token = issuer.sign(claims().build());
        int threads = 20;
        var start = new CyclicBarrier(threads);

        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var verified = executor.invokeAll(
                    IntStream.range(0, threads)
                            .<Callable<Authentication>>mapToObj(_ -> () -> {
                                start.await(10, TimeUnit.SECONDS);
                                return verifier.verify(token);
                            })
                            .toList(),
                    30,
                    TimeUnit.SECONDS);
            for (var outcome : verified) {
                assertThat(outcome.get().subject().value()).endsWith("|alice");
            }
        }
        assertThat(issuer.readsOfKeys()).isEqualTo(2);
    }

    @Test
    void withdrawnKeyIsRefusedAfterFiveMinutes() throws Exception {
        var token = issuer.sign(claims().build());
        verifier.verify(token);
        issuer.rotate();

        time.advance(CACHE.minus(BETWEEN_READS).minusMillis(1));
        verifier.verify(token);
        time.advance(BETWEEN_READS.plusMillis(1));
        assertThat(reason(verifier, token)).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
    }

    @Test
    void keysAreRenewedBeforeTheyExpire() throws Exception {
        var token = issuer.sign(claims().build());
        verifier.verify(token);

        time.advance(CACHE.minusSeconds(20));
        verifier.verify(token);
        assertThat(issuer.readsOfKeys()).isEqualTo(2);
        time.advance(CACHE.minusSeconds(40));
        verifier.verify(token);
        assertThat(issuer.readsOfKeys()).isEqualTo(2);
    }

    @Test
    void verifiedTokenIsRememberedForHalfAMinute() throws Exception {
        var token = issuer.sign(claims().build());
        var verified = verifier.verify(token);
        withdrawTheKey();

        time.advance(TokenCache.MAX_AGE.minusMillis(1));
        assertThat(verifier.verify(token)).isEqualTo(verified);
        time.advance(Duration.ofMillis(1));
        assertThat(reason(verifier, token)).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
    }

    @Test
    void verifiedTokenIsNotRememberedBeyondItsEnd() throws Exception {
        var end = time.instant().truncatedTo(ChronoUnit.SECONDS).plusSeconds(10);
        var token = issuer.sign(claims().expirationTime(Date.from(end)).build());
        verifier.verify(token);
        withdrawTheKey();

        time.advance(Duration.between(time.instant(), end).minusMillis(1));
        verifier.verify(token);
        time.advance(Duration.ofMillis(1));
        assertThat(reason(verifier, token)).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
    }

    @Test
    void refusedTokenIsNotRemembered() throws Exception {
        var now = time.instant().truncatedTo(ChronoUnit.SECONDS);
        var token = issuer.sign(
                claims().notBeforeTime(Date.from(now.plusSeconds(70))).build());
        assertThat(reason(verifier, token)).contains(InvalidReason.NOT_YET_VALID);

        time.advance(Duration.ofSeconds(10));
        verifier.verify(token);
    }

    @Test
    void thousandTokensAreRemembered() throws Exception {
        var cache = new TokenCache();
        var now = time.instant();
        for (int i = 0; i < 1001; i++) {
            cache.remember("token" + i, Authentication.ANONYMOUS, now);
        }

        assertThat(cache.find("token0", now)).isEmpty();
        assertThat(cache.find("token1", now)).contains(Authentication.ANONYMOUS);
    }

    @Test
    void primingVerifiesTokensWithoutANetwork() throws Exception {
        OidcPriming.run();

        assertThat(issuer.readsOfKeys()).isZero();
    }

    @Test
    void floodOfInventedKeysReadsTheKeysTwiceInThirtySeconds() throws Exception {
        for (int i = 0; i < 50; i++) {
            var header = issuer.header().keyID("invented" + i).build();
            var token = OidcServer.sign(header, claims().build(), issuer.key());
            assertThat(reason(verifier, token)).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
        }
        assertThat(issuer.readsOfKeys()).isEqualTo(2);

        issuer.rotate();
        time.advance(BETWEEN_READS);
        verifier.verify(issuer.sign(claims().build()));
    }

    @Test
    void issuerThatWasNeverReachedIsUnavailable() throws Exception {
        issuer.answerWith(503);
        for (int i = 0; i < 5; i++) {
            assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
        }

        issuer.answerWith(200);
        time.advance(BETWEEN_READS);
        verifier.verify(issuer.sign(claims().build()));
    }

    @Test
    void issuerThatFailsOnceIsAskedAgain() throws Exception {
        issuer.answerNextWith(503);

        verifier.verify(issuer.sign(claims().build()));
    }

    @Test
    void issuerThatRefusesConnectionsIsUnavailable() {
        issuer.close();

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
    }

    @Test
    void knownKeysAreUsedForAnHourWhileTheIssuerIsDown() throws Exception {
        var token = issuer.sign(claims().build());
        verifier.verify(token);
        issuer.answerWith(503);

        time.advance(CACHE);
        verifier.verify(token);
        time.advance(OUTAGE.minus(CACHE).minusMillis(1));
        verifier.verify(token);
        time.advance(CACHE);
        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);

        issuer.answerWith(200);
        time.advance(BETWEEN_READS);
        verifier.verify(token);
    }

    @Test
    void inventedKeyIsRefusedWhileAKnownIssuerIsDown() throws Exception {
        verifier.verify(issuer.sign(claims().build()));
        issuer.answerWith(503);

        var header = issuer.header().keyID("invented").build();
        var token = OidcServer.sign(header, claims().build(), issuer.key());
        assertThat(reason(verifier, token)).contains(InvalidReason.UNKNOWN_SIGNING_KEY);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 404, 500})
    void otherAnswersThanKeysAreAnOutage(int status) {
        issuer.answerWith(status);

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
        assertThat(issuer.readsOfKeys()).isZero();
    }

    @Test
    void documentOfAnotherIssuerIsRefused() {
        issuer.changeDocument(document -> with(document, "issuer", "https://evil.example"));

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
    }

    @Test
    void keysAreNotReadFromAFile(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("keys"), new JWKSet(issuer.key()).toString());
        issuer.changeDocument(
                document -> with(document, "jwks_uri", file.toUri().toString()));

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
    }

    /** Linux connects 0.0.0.0 to this machine, but it is no loopback address. */
    @ParameterizedTest
    @ValueSource(
            strings = {"http://0.0.0.0:%s/keys", "http://user@127.0.0.1:%s/keys", "ftp://127.0.0.1:%s/keys", "", "%s"})
    void keysAreReadFromSafeUrlsAlone(String url) {
        int port = URI.create(issuer.issuer()).getPort();
        issuer.changeDocument(document -> with(document, "jwks_uri", url.formatted(port)));

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
        assertThat(issuer.readsOfKeys()).isZero();
    }

    @Test
    void largeDocumentIsNotReadToItsEnd() {
        issuer.changeDocument(document -> with(document, "x", "x".repeat(256 * 1024)));

        assertThat(refusal(claims())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
        assertThat(issuer.readsOfKeys()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "{}", "{\"keys\": []}", "{\"keys\": [1]}", "", "null"})
    void brokenSetOfKeysIsAnOutage(String set) throws Exception {
        var token = issuer.sign(claims().build());
        verifier.verify(token);
        issuer.changeKeys(_ -> set);

        time.advance(CACHE);
        verifier.verify(token);
    }

    @Test
    void damagedTokensAreRefusedAndNeverFail() {
        var token = issuer.sign(claims().build());

        for (int i = 0; i < token.length() - 1; i++) {
            var damaged = token.substring(0, i) + (token.charAt(i) == 'A' ? 'B' : 'A') + token.substring(i + 1);
            assertThat(reason(verifier, damaged)).as("at %s", i).isPresent();
            assertThat(reason(verifier, token.substring(0, i)))
                    .as("cut at %s", i)
                    .isPresent();
        }
    }

    /** Lets the verifier see that the key is gone, by a token that is signed with the next one. */
    private void withdrawTheKey() throws AuthenticationException {
        issuer.rotate();
        verifier.verify(issuer.sign(claims().build()));
    }

    private OidcVerifier verifier(OidcSettings settings) {
        return new OidcVerifier(settings, time, new CallersThread());
    }

    private OidcSettings settings(String subjectClaim, Optional<RequiredClaim> requiredClaim) {
        return new OidcSettings(List.of(issuer.issuer()), Set.of("rill"), subjectClaim, requiredClaim);
    }

    private Refusal refusal(JWTClaimsSet.Builder claims) {
        var token = issuer.sign(claims.build());
        return catchThrowableOfType(AuthenticationException.class, () -> verifier.verify(token))
                .refusal();
    }

    private static Optional<InvalidReason> reason(OidcVerifier verifier, String token) {
        return catchThrowableOfType(AuthenticationException.class, () -> verifier.verify(token))
                .reason();
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .subject("alice")
                .audience("rill")
                .expirationTime(Date.from(time.instant().plus(Duration.ofDays(2))));
    }

    private static Map<String, Object> with(Map<String, Object> document, String name, Object value) {
        var changed = new HashMap<>(document);
        changed.put(name, value);
        return changed;
    }

    /** Runs each task at once, so that a test sees what it has done. */
    private static final class CallersThread extends AbstractExecutorService {

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
