package dev.rill.auth;

import static dev.rill.auth.InvalidReason.ALGORITHM;
import static dev.rill.auth.InvalidReason.AUDIENCE;
import static dev.rill.auth.InvalidReason.EXPIRED;
import static dev.rill.auth.InvalidReason.ISSUER;
import static dev.rill.auth.InvalidReason.MALFORMED;
import static dev.rill.auth.InvalidReason.NOT_YET_VALID;
import static dev.rill.auth.InvalidReason.REQUIRED_CLAIM;
import static dev.rill.auth.InvalidReason.REVOKED_KEY;
import static dev.rill.auth.InvalidReason.SCHEME;
import static dev.rill.auth.InvalidReason.SIGNATURE;
import static dev.rill.auth.InvalidReason.SUBJECT;
import static dev.rill.auth.InvalidReason.TOO_LARGE;
import static dev.rill.auth.InvalidReason.TYPE;
import static dev.rill.auth.InvalidReason.UNKNOWN_KEY;
import static dev.rill.auth.InvalidReason.UNKNOWN_SIGNING_KEY;
import static dev.rill.auth.InvalidReason.UNKNOWN_TICKET;
import static dev.rill.auth.Refusal.CREDENTIALS_IN_URL;
import static dev.rill.auth.Refusal.MISSING_CREDENTIALS;
import static dev.rill.auth.Refusal.SEVERAL_CREDENTIALS;
import static dev.rill.auth.Refusal.SUBPROTOCOL_REQUIRED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.errorprone.annotations.Immutable;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.chat.memory.ManualTime;
import dev.rill.testing.oidc.OidcServer;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table with one row for each attack, and what is learned by it: the code, never the reason. */
class AttackTest {

    private static final String AUDIENCE_OF_RILL = "rill";
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTime time = new ManualTime();
    private final SecureRandom random = new SecureRandom();
    private final OidcServer issuer = OidcServer.start();
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final ApiKeys keys = new InMemoryApiKeys(time);
    private final InMemoryTickets tickets = new InMemoryTickets(time);
    private final ApiKeyIssuer keyIssuer = new ApiKeyIssuer(keys, random, time);
    private final TicketIssuer ticketIssuer = new TicketIssuer(tickets, random, time);
    private final OidcSettings settings = new OidcSettings(
            List.of(issuer.issuer()), Set.of(AUDIENCE_OF_RILL), "sub", Optional.of(new RequiredClaim("scope", "ask")));
    private final Authenticator authenticator = Authenticator.closed(
            Optional.of(keys), Optional.of(new OidcVerifier(settings, time, background)), tickets, time);

    AttackTest() throws IOException {}

    @AfterEach
    void close() {
        issuer.close();
        background.close();
    }

    /** What a client sends over HTTP or with a handshake. */
    record Sent(Map<String, List<String>> headers, Map<String, List<String>> query) {

        boolean isForHttp() {
            return !headers.containsKey("Sec-WebSocket-Protocol") && !query.containsKey("ticket");
        }

        static Sent authorization(String... values) {
            return new Sent(Map.of("authorization", List.of(values)), Map.of());
        }

        static Sent bearer(String token) {
            return authorization("Bearer " + token);
        }

        static Sent query(String name, String value) {
            return new Sent(Map.of(), Map.of(name, List.of(value)));
        }

        static Sent subprotocols(String offered) {
            return new Sent(Map.of("Sec-WebSocket-Protocol", List.of(offered)), Map.of());
        }
    }

    @Immutable
    @FunctionalInterface
    interface Attempt {
        Sent by(AttackTest test) throws Exception;
    }

    enum Attack {
        NO_TOKEN(_ -> new Sent(Map.of(), Map.of()), MISSING_CREDENTIALS),
        WRONG_SCHEME(test -> Sent.authorization("Basic " + test.key()), SCHEME),
        SIGNATURE_OF_AWS(
                _ -> Sent.authorization("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"), SCHEME),
        SCHEME_WITHOUT_TOKEN(_ -> Sent.authorization("Bearer"), MALFORMED),
        SPACE_IN_THE_TOKEN(test -> Sent.bearer(test.key() + " x"), MALFORMED),
        NEITHER_KEY_NOR_TOKEN(_ -> Sent.bearer("secret"), MALFORMED),

        UNKNOWN(_ -> Sent.bearer(ApiKey.random(new SecureRandom()).secret()), UNKNOWN_KEY),
        KEY_IN_UPPER_CASE(test -> Sent.bearer("RILL_" + test.key().substring(5)), MALFORMED),
        SHORTENED_KEY(test -> Sent.bearer(test.key().substring(0, 47)), MALFORMED),
        HASH_OF_A_KEY(
                test -> Sent.bearer(
                        "rill_" + ApiKey.parse(test.key()).orElseThrow().hash().hex()),
                MALFORMED),
        REVOKED(AttackTest::revokedKey, REVOKED_KEY),
        EXPIRED_KEY(AttackTest::expiredKey, EXPIRED),

        EXPIRED_TOKEN(test -> test.token(claims -> claims.expirationTime(test.at(Duration.ofMinutes(-1)))), EXPIRED),
        TOKEN_WITHOUT_END(test -> test.token(claims -> claims.expirationTime(null)), EXPIRED),
        NOT_YET_VALID_TOKEN(
                test -> test.token(claims -> claims.notBeforeTime(test.at(Duration.ofSeconds(61)))), NOT_YET_VALID),
        WRONG_ISSUER(test -> test.token(claims -> claims.issuer("https://evil.example")), ISSUER),
        ISSUER_WITH_A_SLASH(test -> test.token(claims -> claims.issuer(test.issuer.issuer() + "/")), ISSUER),
        NO_ISSUER(test -> test.token(claims -> claims.issuer(null)), ISSUER),
        WRONG_AUDIENCE(test -> test.token(claims -> claims.audience("another")), AUDIENCE),
        NO_AUDIENCE(test -> test.token(claims -> claims.audience((String) null)), AUDIENCE),
        TOKEN_OF_RILLS_CLIENT_FOR_ANOTHER_SERVICE(
                test -> test.token(claims -> claims.audience("another").claim("client_id", AUDIENCE_OF_RILL)),
                AUDIENCE),
        NO_SUBJECT(test -> test.token(claims -> claims.subject(null)), SUBJECT),
        BLANK_SUBJECT(test -> test.token(claims -> claims.subject(" ")), SUBJECT),
        SUBJECT_WITH_A_LINE_BREAK(test -> test.token(claims -> claims.subject("a\nb")), SUBJECT),
        LONG_SUBJECT(test -> test.token(claims -> claims.subject("a".repeat(256))), SUBJECT),
        OBJECT_AS_SUBJECT(test -> test.token(claims -> claims.claim("sub", Map.of("a", 1))), MALFORMED),
        NUMBER_AS_SUBJECT(test -> test.claims("sub", "42"), SUBJECT),
        TRUTH_AS_SUBJECT(test -> test.claims("sub", "true"), MALFORMED),
        HALF_A_PAIR_IN_THE_SUBJECT(test -> test.claims("sub", "\"a\\ud800\""), SUBJECT),
        AUDIENCE_OF_NO_SERVICE(test -> test.claims("aud", "[]"), AUDIENCE),
        AUDIENCE_THAT_IS_NULL(test -> test.claims("aud", "null"), AUDIENCE),
        AUDIENCE_OF_NUMBERS(test -> test.claims("aud", "[1]"), MALFORMED),
        AUDIENCE_OF_NULLS(test -> test.claims("aud", "[null]"), MALFORMED),
        END_THAT_IS_A_TEXT(test -> test.claims("exp", "\"9999999999\""), MALFORMED),
        NO_SCOPE(test -> test.token(claims -> claims.claim("scope", null)), REQUIRED_CLAIM),
        OTHER_SCOPE(test -> test.token(claims -> claims.claim("scope", "asking task")), REQUIRED_CLAIM),

        ALG_NONE(test -> Sent.bearer(new PlainJWT(test.claims().build()).serialize()), ALGORITHM),
        ALG_NONE_WITH_A_SIGNATURE(test -> test.forged("{\"alg\":\"none\"}"), MALFORMED),
        ALG_NONE_IN_ANOTHER_CASE(test -> test.forged("{\"alg\":\"nOnE\"}"), ALGORITHM),
        NO_ALG(test -> test.forged("{\"typ\":\"JWT\"}"), MALFORMED),
        EMPTY_SIGNATURE(test -> test.forged("{\"alg\":\"ES256\"}", ""), MALFORMED),
        HEADER_THAT_IS_NULL(_ -> Sent.bearer("bnVsbA.e30.AA"), MALFORMED),
        HEADER_THAT_IS_NO_JSON(test -> test.forged("alg"), MALFORMED),
        ENCRYPTED(_ -> Sent.bearer(base64("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..YQ.YQ.YQ"), ALGORITHM),
        HS256_WITH_THE_PUBLIC_KEY(AttackTest::signedWithThePublicKey, ALGORITHM),
        SIGNATURE_OF_AN_EARLIER_TOKEN(AttackTest::changedClaims, SIGNATURE),
        SIGNATURE_OF_ZEROS(test -> test.forged(test.header(), base64("\0".repeat(64))), SIGNATURE),
        KNOWN_KID_OF_ANOTHER_KEY(
                test -> Sent.bearer(OidcServer.sign(
                        test.issuer.header().build(), test.claims().build(), OidcServer.newKey())),
                SIGNATURE),
        UNKNOWN_KID(test -> test.signed(test.issuer.header().keyID("unknown").build()), UNKNOWN_SIGNING_KEY),
        KEY_IN_THE_HEADER(AttackTest::bringsItsKey, UNKNOWN_SIGNING_KEY),
        URL_OF_KEYS_IN_THE_HEADER(
                test -> test.signed(test.issuer
                        .header()
                        .keyID("unknown")
                        .jwkURL(URI.create(test.issuer.issuer() + "/keys"))
                        .build()),
                UNKNOWN_SIGNING_KEY),
        EXTENSION_THAT_MUST_BE_UNDERSTOOD(
                test -> test.signed(test.issuer
                        .header()
                        .criticalParams(Set.of("x"))
                        .customParam("x", 1)
                        .build()),
                SIGNATURE),
        TOKEN_FOR_ANOTHER_PURPOSE(
                test -> test.signed(test.issuer
                        .header()
                        .type(new JOSEObjectType("logout+jwt"))
                        .build()),
                TYPE),
        HUNDRED_KILOBYTES(test -> test.token(claims -> claims.claim("x", "x".repeat(100_000))), TOO_LARGE),
        HUNDRED_KILOBYTES_OF_DOTS(_ -> Sent.bearer(".".repeat(100_000)), TOO_LARGE),

        TWO_HEADERS(test -> Sent.authorization("Bearer " + test.key(), "Bearer " + test.key()), SEVERAL_CREDENTIALS),
        TWO_IN_ONE_HEADER(
                test -> Sent.authorization("Bearer " + test.key() + ", Bearer " + test.key()), SEVERAL_CREDENTIALS),
        HEADER_AND_SUBPROTOCOL(
                test -> new Sent(
                        Map.of(
                                "Authorization",
                                List.of("Bearer " + test.key()),
                                "Sec-WebSocket-Protocol",
                                List.of("rill.v1, rill.bearer." + base64(test.key()))),
                        Map.of()),
                SEVERAL_CREDENTIALS),
        HEADER_AND_TICKET(
                test -> new Sent(
                        Map.of("Authorization", List.of("Bearer " + test.key())),
                        Map.of("ticket", List.of(test.ticket()))),
                SEVERAL_CREDENTIALS),

        TOKEN_IN_THE_URL(
                test -> Sent.query("token", test.issuer.sign(test.claims().build())), CREDENTIALS_IN_URL),
        ACCESS_TOKEN_IN_THE_URL(test -> Sent.query("access_token", test.key()), CREDENTIALS_IN_URL),
        API_KEY_IN_THE_URL(test -> Sent.query("api_key", test.key()), CREDENTIALS_IN_URL),
        KEY_IN_THE_URL(test -> Sent.query("KEY", test.key()), CREDENTIALS_IN_URL),
        AUTHORIZATION_IN_THE_URL(test -> Sent.query("Authorization", "Bearer " + test.key()), CREDENTIALS_IN_URL),
        KEY_AS_A_TICKET(test -> Sent.query("ticket", test.key()), CREDENTIALS_IN_URL),
        KEY_IN_URL_AND_HEADER(
                test -> new Sent(
                        Map.of("Authorization", List.of("Bearer " + test.key())), Map.of("q", List.of(test.key()))),
                CREDENTIALS_IN_URL),

        UNKNOWN_TICKET_IN_THE_URL(
                _ -> Sent.query("ticket", Ticket.random(new SecureRandom()).secret()), UNKNOWN_TICKET),
        TOKEN_AS_A_TICKET(
                test -> Sent.query("ticket", test.issuer.sign(test.claims().build())), MALFORMED),
        TICKET_AS_A_BEARER(test -> Sent.bearer(test.ticket()), MALFORMED),
        TICKET_TWICE(AttackTest::usedTicket, UNKNOWN_TICKET),
        TICKET_AFTER_A_MINUTE(AttackTest::expiredTicket, UNKNOWN_TICKET),
        TICKET_OF_A_REVOKED_KEY(AttackTest::ticketOfARevokedKey, REVOKED_KEY),

        BEARER_WITHOUT_A_SUBPROTOCOL(
                test -> Sent.subprotocols("rill.bearer." + base64(test.key())), SUBPROTOCOL_REQUIRED),
        BEARER_THAT_IS_NOT_BASE64(_ -> Sent.subprotocols("rill.v1, rill.bearer.!"), MALFORMED),
        BEARER_WITH_A_LINE_BREAK(
                test -> Sent.subprotocols("rill.v1, rill.bearer." + base64(test.key() + "\n")), MALFORMED),
        EMPTY_BEARER(_ -> Sent.subprotocols("rill.v1, rill.bearer."), MALFORMED);

        private final Attempt attempt;
        private final Refusal refusal;
        private final Optional<InvalidReason> reason;

        Attack(Attempt attempt, Refusal refusal) {
            this.attempt = attempt;
            this.refusal = refusal;
            this.reason = Optional.empty();
        }

        Attack(Attempt attempt, InvalidReason reason) {
            this.attempt = attempt;
            this.refusal = Refusal.INVALID_CREDENTIALS;
            this.reason = Optional.of(reason);
        }
    }

    @ParameterizedTest
    @EnumSource
    void attackIsRefused(Attack attack) throws Exception {
        var sent = attack.attempt.by(this);

        var refused = catchThrowableOfType(AuthenticationException.class, () -> handshake(sent));

        assertThat(refused.refusal()).isEqualTo(attack.refusal);
        assertThat(refused.reason()).isEqualTo(attack.reason);
        assertThat(refused).hasMessage(attack.refusal.code() + ": " + attack.refusal.message());
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HEADER_AND_SUBPROTOCOL", "HEADER_AND_TICKET", "KEY_AS_A_TICKET"})
    void attackIsRefusedOverHttp(Attack attack) throws Exception {
        var sent = attack.attempt.by(this);

        var refused = catchThrowableOfType(
                AuthenticationException.class,
                () -> authenticator.authenticate(RequestCredentials.read(sent.headers(), sent.query())));

        // Over HTTP, tickets and subprotocols are no credentials.
        if (sent.isForHttp()) {
            assertThat(refused.refusal()).isEqualTo(attack.refusal);
            assertThat(refused.reason()).isEqualTo(attack.reason);
        } else {
            assertThat(refused.refusal()).isEqualTo(MISSING_CREDENTIALS);
        }
    }

    @Test
    void whatTheAttacksVaryIsLetIn() throws Exception {
        var token = issuer.sign(claims().build());

        assertThat(handshake(Sent.bearer(key())).subject().value()).isEqualTo("key:alice");
        assertThat(handshake(Sent.authorization("bearer  " + key())).subject().value())
                .isEqualTo("key:alice");
        assertThat(handshake(Sent.query("ticket", ticket())).subject().value()).isEqualTo("key:alice");
        for (var bearer : List.of("rill.bearer." + base64(token), "openai-insecure-api-key." + token)) {
            assertThat(handshake(Sent.subprotocols("rill.v1," + bearer))
                            .subject()
                            .value())
                    .isEqualTo("oidc:" + issuer.issuer() + "|alice");
        }
    }

    @Test
    void ticketUsedTwiceAtTheSameInstantLetsOneIn() throws Exception {
        var sent = Sent.query("ticket", ticket());
        int threads = 10;
        var start = new CyclicBarrier(threads);
        Callable<Boolean> attempt = () -> {
            start.await(10, TimeUnit.SECONDS);
            try {
                handshake(sent);
                return true;
            } catch (AuthenticationException e) {
                assertThat(e.reason()).contains(UNKNOWN_TICKET);
                return false;
            }
        };

        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            int letIn = 0;
            for (var outcome : executor.invokeAll(Collections.nCopies(threads, attempt), 30, TimeUnit.SECONDS)) {
                letIn += outcome.get() ? 1 : 0;
            }
            assertThat(letIn).isEqualTo(1);
        }
    }

    private Authentication handshake(Sent sent) throws AuthenticationException {
        var handshake =
                HandshakeCredentials.read(sent.headers(), sent.query(), HandshakeCredentials.offered(sent.headers()));
        return authenticator.authenticate(handshake.credential());
    }

    private String key() {
        return issued(Optional.empty()).key().secret();
    }

    private ApiKeyIssuer.Issued issued(Optional<Instant> expiresAt) {
        return keyIssuer.issue("alice", "laptop", expiresAt, LimitOverrides.NONE);
    }

    private Sent revokedKey() {
        var issued = issued(Optional.empty());
        keys.revoke(issued.record().id());
        return Sent.bearer(issued.key().secret());
    }

    private Sent expiredKey() {
        var issued = issued(Optional.of(time.instant().plus(HOUR)));
        time.advance(HOUR);
        return Sent.bearer(issued.key().secret());
    }

    private Sent token(UnaryOperator<JWTClaimsSet.Builder> change) {
        return Sent.bearer(issuer.sign(change.apply(claims()).build()));
    }

    /** A signed token of Rill's client, one of whose claims is this JSON. */
    private Sent claims(String name, String json) {
        var others = claims().claim("client_id", AUDIENCE_OF_RILL)
                .claim(name, null)
                .build()
                .toString();
        return Sent.bearer(issuer.signText("{\"" + name + "\":" + json + "," + others.substring(1)));
    }

    private Sent signed(JWSHeader header) {
        return Sent.bearer(OidcServer.sign(header, claims().build(), issuer.key()));
    }

    private Sent forged(String header) {
        return forged(header, base64("signature"));
    }

    private Sent forged(String header, String signature) {
        return Sent.bearer(base64(header) + "." + base64(claims().build().toString()) + "." + signature);
    }

    private String header() {
        return issuer.header().build().toString();
    }

    private Sent changedClaims() {
        var parts = issuer.sign(claims().build()).split("\\.", -1);
        var changed = base64(claims().subject("mallory").build().toString());
        return Sent.bearer(parts[0] + "." + changed + "." + parts[2]);
    }

    private Sent signedWithThePublicKey() throws JOSEException {
        var header =
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(issuer.key().getKeyID());
        var token = new SignedJWT(header.build(), claims().build());
        token.sign(new MACSigner(issuer.key().toECPublicKey().getEncoded()));
        return Sent.bearer(token.serialize());
    }

    private Sent bringsItsKey() {
        var own = OidcServer.newKey();
        var header =
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(own.getKeyID()).jwk(own.toPublicJWK());
        return Sent.bearer(OidcServer.sign(header.build(), claims().build(), own));
    }

    private String ticket() throws AuthenticationException {
        return ticketIssuer
                .issue(handshake(Sent.bearer(key())).grant())
                .ticket()
                .secret();
    }

    private Sent usedTicket() throws AuthenticationException {
        var sent = Sent.query("ticket", ticket());
        handshake(sent);
        return sent;
    }

    private Sent expiredTicket() throws AuthenticationException {
        var sent = Sent.query("ticket", ticket());
        time.advance(Duration.ofSeconds(60));
        return sent;
    }

    private Sent ticketOfARevokedKey() throws AuthenticationException {
        var issued = issued(Optional.empty());
        var grant = handshake(Sent.bearer(issued.key().secret())).grant();
        keys.revoke(issued.record().id());
        return Sent.query("ticket", ticketIssuer.issue(grant).ticket().secret());
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .subject("alice")
                .audience(AUDIENCE_OF_RILL)
                .claim("scope", "openid ask")
                .expirationTime(at(HOUR));
    }

    private Date at(Duration fromNow) {
        return Date.from(time.instant().plus(fromNow));
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}
