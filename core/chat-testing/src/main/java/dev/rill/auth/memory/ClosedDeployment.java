package dev.rill.auth.memory;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.Authenticator;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.OidcSettings;
import dev.rill.auth.OidcVerifier;
import dev.rill.auth.TicketIssuer;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.Grant;
import dev.rill.testing.oidc.OidcServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * A deployment that takes keys, tickets and the tokens of one issuer, with all of them in this process. Keys are not
 * cached, so a revocation takes effect at once. Close it; that ends the issuer.
 */
public final class ClosedDeployment implements AutoCloseable {

    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final SecureRandom random = new SecureRandom();
    private final OidcServer issuer;
    private final ManualTime time;
    private final InMemoryApiKeys keys;
    private final InMemoryTickets tickets;
    private final Authenticator authenticator;

    public ClosedDeployment(ManualTime time) {
        this.time = time;
        this.keys = new InMemoryApiKeys(time);
        this.tickets = new InMemoryTickets(time);
        try {
            this.issuer = OidcServer.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var settings = new OidcSettings(List.of(issuer.issuer()), Set.of("rill"), "sub", Optional.empty());
        var verifier = new OidcVerifier(settings, time, background);
        this.authenticator = Authenticator.closed(Optional.of(keys), Optional.of(verifier), tickets, time);
    }

    public Authenticator authenticator() {
        return authenticator;
    }

    /** The same deployment after its operator has left {@code oidc} out of its modes. */
    public Authenticator withoutTokens() {
        return Authenticator.closed(Optional.of(keys), Optional.empty(), tickets, time);
    }

    public InMemoryApiKeys keys() {
        return keys;
    }

    /** A new key of {@code key:} and this name. */
    public ApiKeyIssuer.Issued key(String subject) {
        return key(subject, Optional.empty());
    }

    public ApiKeyIssuer.Issued key(String subject, Optional<Instant> expiresAt) {
        return new ApiKeyIssuer(keys, random, time).issue(subject, "laptop", expiresAt, LimitOverrides.NONE);
    }

    /** The grant of a socket that was let in by this key. */
    public static Grant grant(ApiKeyIssuer.Issued issued) {
        var key = issued.record();
        return new Grant(key.subject(), Optional.of(key.id()), key.expiresAt());
    }

    /** A new ticket, for a minute. */
    public String ticket(Grant grant) {
        return new TicketIssuer(tickets, random, time).issue(grant).ticket().secret();
    }

    /** A token of the user {@code alice} for an hour. */
    public String token() {
        return token(claims -> claims);
    }

    /** A token of the user {@code alice} for an hour, with these changes. */
    public String token(UnaryOperator<JWTClaimsSet.Builder> changes) {
        var claims = new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .subject("alice")
                .audience("rill")
                .expirationTime(Date.from(time.instant().plus(Duration.ofHours(1))));
        return issuer.sign(changes.apply(claims).build());
    }

    /** The subject of {@link #token()}. */
    public String subjectOfTokens() {
        return "oidc:" + issuer.issuer() + "|alice";
    }

    /** Ends the issuer: keys that were read stay known for an hour. */
    public void endIssuer() {
        issuer.close();
    }

    @Override
    public void close() {
        issuer.close();
        background.close();
    }
}
