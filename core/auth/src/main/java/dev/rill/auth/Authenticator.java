package dev.rill.auth;

import static dev.rill.auth.InvalidReason.EXPIRED;
import static dev.rill.auth.InvalidReason.MALFORMED;
import static dev.rill.auth.InvalidReason.MODE;
import static dev.rill.auth.InvalidReason.REVOKED_KEY;
import static dev.rill.auth.InvalidReason.UNKNOWN_KEY;
import static dev.rill.auth.InvalidReason.UNKNOWN_TICKET;

import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Decides who sends a request. An open one lets every request in as {@link Authentication#ANONYMOUS}, whatever
 * credentials it has. Safe for use by many threads.
 */
public final class Authenticator {

    private final Optional<Closed> closed;

    private Authenticator(Optional<Closed> closed) {
        this.closed = closed;
    }

    /** Whether every request is let in. */
    public boolean isOpen() {
        return closed.isEmpty();
    }

    /** Returns which credentials are taken; empty if the authenticator is open. */
    public Set<AuthenticationMode> modes() {
        var modes = EnumSet.noneOf(AuthenticationMode.class);
        closed.flatMap(Closed::keys).ifPresent(_ -> modes.add(AuthenticationMode.KEYS));
        closed.flatMap(Closed::oidc).ifPresent(_ -> modes.add(AuthenticationMode.OIDC));
        return modes;
    }

    /** What a closed deployment checks credentials by. */
    private record Closed(
            Optional<ApiKeys> keys, Optional<OidcVerifier> oidc, TicketRedeemer tickets, InstantSource clock) {}

    /** An authenticator of a deployment without authentication. */
    public static Authenticator open() {
        return new Authenticator(Optional.empty());
    }

    /**
     * An authenticator that lets in known subjects alone. Asks nothing of its ports yet.
     *
     * @param keys a cached store; empty if keys are not taken
     * @param oidc empty if tokens are not taken
     * @throws IllegalArgumentException if neither is taken: {@link #open} must be asked for by name
     */
    public static Authenticator closed(
            Optional<ApiKeys> keys, Optional<OidcVerifier> oidc, TicketRedeemer tickets, InstantSource clock) {
        if (keys.isEmpty() && oidc.isEmpty()) {
            throw new IllegalArgumentException("a closed deployment takes keys, tokens or both");
        }
        return new Authenticator(Optional.of(new Closed(keys, oidc, tickets, clock)));
    }

    /**
     * Checks a credential. A ticket is redeemed by it.
     *
     * @throws AuthenticationException if the request is refused, or if the credential can't be checked now
     */
    public Authentication authenticate(Credential credential) throws AuthenticationException {
        if (closed.isEmpty()) {
            return Authentication.ANONYMOUS;
        }
        var by = closed.get();
        return switch (credential) {
            case Credential.None() -> throw AuthenticationException.of(Refusal.MISSING_CREDENTIALS);
            case Credential.Several() -> throw AuthenticationException.of(Refusal.SEVERAL_CREDENTIALS);
            case Credential.InUrl() -> throw AuthenticationException.of(Refusal.CREDENTIALS_IN_URL);
            case Credential.Unreadable(var reason) -> throw AuthenticationException.invalid(reason);
            case Credential.TicketCredential(var ticket) -> byTicket(by, ticket);
            case Credential.Bearer(var token) ->
                token.startsWith(ApiKey.PREFIX) ? byKey(by, token) : byToken(by, token);
        };
    }

    /**
     * Checks again what an open socket was let in by, for each piece of new work. Reads the key, if there is one.
     *
     * @return the subject, with the key's present limits and expiry
     * @throws AuthenticationException {@link Refusal#AUTHENTICATION_EXPIRED} if it has ended;
     *     {@link Refusal#INVALID_CREDENTIALS} if the key is revoked, or if the deployment no longer takes such
     *     credentials; {@link Refusal#AUTHENTICATION_UNAVAILABLE} if the key can't be read
     */
    public Authentication reauthenticate(Grant grant) throws AuthenticationException {
        if (closed.isEmpty()) {
            return new Authentication(grant.subject(), grant.keyId(), grant.authenticatedUntil(), LimitOverrides.NONE);
        }
        var by = closed.get();
        if (!takes(by, grant)) {
            throw AuthenticationException.invalid(MODE);
        }
        var now = by.clock().instant();
        var keyId = grant.keyId();
        var authentication = keyId.isPresent()
                ? ofKey(find(by, keys -> keys.find(keyId.get())))
                : new Authentication(grant.subject(), keyId, grant.authenticatedUntil(), LimitOverrides.NONE);
        if (authentication
                .authenticatedUntil()
                .filter(end -> !now.isBefore(end))
                .isPresent()) {
            throw AuthenticationException.of(Refusal.AUTHENTICATION_EXPIRED);
        }
        return authentication;
    }

    /**
     * A subject of neither kind was checked by the gateway, such as an IAM principal. One of a key without the key's id
     * could not be revoked.
     */
    private static boolean takes(Closed by, Grant grant) {
        var subject = grant.subject();
        if (grant.keyId().isPresent()) {
            return by.keys().isPresent();
        }
        if (subject.value().startsWith(ApiKeyRecord.SUBJECT_PREFIX)) {
            return false;
        }
        return subject.value().startsWith(OidcVerifier.SUBJECT_PREFIX)
                ? by.oidc().isPresent()
                : !subject.equals(Subject.ANONYMOUS);
    }

    private static Authentication byKey(Closed by, String token) throws AuthenticationException {
        var hash = ApiKey.parse(token)
                .orElseThrow(() -> AuthenticationException.invalid(MALFORMED))
                .hash();
        var key = find(by, keys -> keys.findByHash(hash));
        if (key.lifetime().expired(by.clock().instant())) {
            throw AuthenticationException.invalid(EXPIRED);
        }
        return ofKey(key);
    }

    private static Authentication byToken(Closed by, String token) throws AuthenticationException {
        return by.oidc()
                .orElseThrow(() -> AuthenticationException.invalid(MODE))
                .verify(token);
    }

    private Authentication byTicket(Closed by, String text) throws AuthenticationException {
        var ticket = Ticket.parse(text).orElseThrow(() -> AuthenticationException.invalid(MALFORMED));
        var grant = ask(() -> by.tickets().redeem(ticket.hash()))
                .orElseThrow(() -> AuthenticationException.invalid(UNKNOWN_TICKET));
        try {
            return reauthenticate(grant);
        } catch (AuthenticationException e) {
            // A handshake is told nothing of the credential behind a ticket.
            throw e.refusal() == Refusal.AUTHENTICATION_EXPIRED ? AuthenticationException.invalid(EXPIRED) : e;
        }
    }

    /** The key that a query finds, if it is not revoked. */
    private static ApiKeyRecord find(Closed by, Function<ApiKeys, Optional<ApiKeyRecord>> query)
            throws AuthenticationException {
        var keys = by.keys().orElseThrow(() -> AuthenticationException.invalid(MODE));
        var key = ask(() -> query.apply(keys)).orElseThrow(() -> AuthenticationException.invalid(UNKNOWN_KEY));
        if (key.revoked()) {
            throw AuthenticationException.invalid(REVOKED_KEY);
        }
        return key;
    }

    private static Authentication ofKey(ApiKeyRecord key) {
        return new Authentication(key.subject(), Optional.of(key.id()), key.expiresAt(), key.limits());
    }

    /** Asks a port. Whatever it throws, the client is told to try again and the cause is the caller's to log. */
    private static <T> T ask(Supplier<T> port) throws AuthenticationException {
        try {
            return port.get();
        } catch (RuntimeException e) {
            throw AuthenticationException.unavailable(e);
        }
    }
}
