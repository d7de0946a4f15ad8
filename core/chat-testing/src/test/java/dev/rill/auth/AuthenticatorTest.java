package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is let in, and what an open socket is asked again. What is refused at first is in {@link AttackTest}. */
class AuthenticatorTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTime time = new ManualTime();
    private final Random random = new Random(1);
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final ApiKeys keys = new InMemoryApiKeys(time);
    private final InMemoryTickets tickets = new InMemoryTickets(time);
    private final ApiKeyIssuer keyIssuer = new ApiKeyIssuer(keys, random, time);
    private final Authenticator byKeys = Authenticator.closed(Optional.of(keys), Optional.empty(), tickets, time);
    private final Authenticator byTokens =
            Authenticator.closed(Optional.empty(), Optional.of(verifier()), tickets, time);

    @AfterEach
    void close() {
        background.close();
    }

    static Stream<Credential> credentials() {
        return Stream.of(
                new Credential.None(),
                new Credential.Several(),
                new Credential.InUrl(),
                new Credential.Unreadable(InvalidReason.SCHEME),
                new Credential.Bearer("rill_"),
                new Credential.TicketCredential("x"));
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void openDeploymentLetsEverythingIn(Credential credential) throws Exception {
        assertThat(Authenticator.open().authenticate(credential)).isEqualTo(Authentication.ANONYMOUS);
    }

    @Test
    void closedDeploymentNeedsAWayIn() {
        assertThatThrownBy(() -> Authenticator.closed(Optional.empty(), Optional.empty(), tickets, time))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keyBringsItsIdItsEndAndItsLimits() throws Exception {
        var end = time.instant().plus(HOUR);
        var limits = LimitOverrides.of(Map.of("requests_per_minute", 3L));
        var issued = keyIssuer.issue("alice", "laptop", Optional.of(end), limits);
        var authentication = new Authentication(
                new Subject("key:alice"), Optional.of(issued.record().id()), Optional.of(end), limits);

        assertThat(byKeys.authenticate(bearer(issued))).isEqualTo(authentication);
        assertThat(byKeys.authenticate(ticketOf(authentication.grant()))).isEqualTo(authentication);
        assertThat(byKeys.reauthenticate(authentication.grant())).isEqualTo(authentication);
    }

    @Test
    void eachModeRefusesTheCredentialsOfTheOther() {
        var key = bearer(issue(Optional.empty()));

        assertThat(refused(() -> byTokens.authenticate(key)).reason()).contains(InvalidReason.MODE);
        assertThat(refused(() -> byKeys.authenticate(new Credential.Bearer("a.b.c")))
                        .reason())
                .contains(InvalidReason.MODE);
    }

    @Test
    void storeThatFailsIsUnavailableAndNotARefusal() {
        var cause = new UncheckedIOException(new IOException("down"));
        var failing = Authenticator.closed(
                Optional.of(new FailingKeys(cause)), Optional.empty(), failingTickets(cause), time);
        var ticket = new Credential.TicketCredential(Ticket.random(random).secret());

        for (var credential : List.of(bearer(issue(Optional.empty())), ticket)) {
            var refused = refused(() -> failing.authenticate(credential));
            assertThat(refused.refusal()).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
            assertThat(refused).hasCause(cause);
        }
    }

    @Test
    void socketOfARevokedKeyGetsNoNewWork() throws Exception {
        var issued = issue(Optional.empty());
        var grant = byKeys.authenticate(bearer(issued)).grant();
        keys.revoke(issued.record().id());

        assertThat(refused(() -> byKeys.reauthenticate(grant)).reason()).contains(InvalidReason.REVOKED_KEY);
    }

    @Test
    void socketOfAnExpiredKeyIsToldSo() throws Exception {
        var grant = byKeys.authenticate(bearer(issue(Optional.of(time.instant().plus(HOUR)))))
                .grant();
        time.advance(HOUR);

        assertThat(refused(() -> byKeys.reauthenticate(grant)).refusal()).isEqualTo(Refusal.AUTHENTICATION_EXPIRED);
    }

    @Test
    void socketOfATokenEndsWithIt() throws Exception {
        var grant = new Grant(new Subject("oidc:https://a.example|x"), Optional.empty(), Optional.of(in(HOUR)));

        assertThat(byTokens.reauthenticate(grant).grant()).isEqualTo(grant);
        time.advance(HOUR);
        assertThat(refused(() -> byTokens.reauthenticate(grant)).refusal()).isEqualTo(Refusal.AUTHENTICATION_EXPIRED);
    }

    @Test
    void subjectOfAKeyWithoutItsIdIsRefused() {
        var grant = Grant.ofSubject(new Subject("key:alice"));

        assertThat(refused(() -> byKeys.reauthenticate(grant)).reason()).contains(InvalidReason.MODE);
    }

    @Test
    void ticketOfAnExpiredTokenIsAnInvalidOne() {
        var grant = new Grant(new Subject("oidc:https://a.example|x"), Optional.empty(), Optional.of(time.instant()));

        assertThat(refused(() -> byTokens.authenticate(ticketOf(grant))).reason())
                .contains(InvalidReason.EXPIRED);
    }

    @Test
    void socketIsRefusedWhereItsModeHasBeenSwitchedOff() throws Exception {
        var ofKey = byKeys.authenticate(bearer(issue(Optional.empty()))).grant();
        var ofToken = Grant.ofSubject(new Subject("oidc:https://a.example|x"));

        assertThat(refused(() -> byTokens.reauthenticate(ofKey)).reason()).contains(InvalidReason.MODE);
        assertThat(refused(() -> byKeys.reauthenticate(ofToken)).reason()).contains(InvalidReason.MODE);
        assertThat(refused(() -> byKeys.reauthenticate(Authentication.ANONYMOUS.grant()))
                        .reason())
                .contains(InvalidReason.MODE);
    }

    @Test
    void principalThatTheGatewayHasCheckedIsTaken() throws Exception {
        var principal = Authentication.ofSubject(new Subject("iam:arn:aws:iam::1:role/ask"));

        assertThat(byKeys.reauthenticate(principal.grant())).isEqualTo(principal);
    }

    private OidcVerifier verifier() {
        var settings = new OidcSettings(List.of("http://127.0.0.1:1"), Set.of("rill"), "sub", Optional.empty());
        return new OidcVerifier(settings, time, background);
    }

    private ApiKeyIssuer.Issued issue(Optional<Instant> expiresAt) {
        return keyIssuer.issue("alice", "laptop", expiresAt, LimitOverrides.NONE);
    }

    private Credential ticketOf(Grant grant) {
        var ticket = new TicketIssuer(tickets, random, time).issue(grant).ticket();
        return new Credential.TicketCredential(ticket.secret());
    }

    private Instant in(Duration fromNow) {
        return time.instant().plus(fromNow);
    }

    private static Credential bearer(ApiKeyIssuer.Issued issued) {
        return new Credential.Bearer(issued.key().secret());
    }

    private static AuthenticationException refused(ThrowingCallable call) {
        return catchThrowableOfType(AuthenticationException.class, call);
    }

    private record FailingKeys(RuntimeException cause) implements ApiKeys {

        @Override
        public boolean create(ApiKeyRecord key) {
            throw cause;
        }

        @Override
        public Optional<ApiKeyRecord> find(ApiKeyId id) {
            throw cause;
        }

        @Override
        public List<ApiKeyRecord> list() {
            throw cause;
        }

        @Override
        public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
            throw cause;
        }
    }

    private static TicketRedeemer failingTickets(RuntimeException cause) {
        return _ -> {
            throw cause;
        };
    }
}
