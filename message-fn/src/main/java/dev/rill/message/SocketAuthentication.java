package dev.rill.message;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Credential;
import dev.rill.auth.Refusal;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks again who is on an open socket, and renews it. Safe for use by many threads. */
public final class SocketAuthentication {

    private static final Logger LOG = LoggerFactory.getLogger(SocketAuthentication.class);

    private final Connections connections;
    private final AccessPolicySource access;

    public SocketAuthentication(Connections connections, AccessPolicySource access) {
        this.connections = connections;
        this.access = access;
    }

    /**
     * A connection whose client may ask for new work now.
     *
     * @param until when its authentication ends; empty if it has no end
     * @param limits of the client now
     */
    record Authenticated(Connection connection, Optional<Instant> until, Limits limits) {}

    /**
     * Checks a connection, before each piece of new work.
     *
     * @throws ApiException if the connection has expired
     * @throws AuthenticationException as {@link dev.rill.auth.Authenticator#reauthenticate}
     */
    Authenticated require(ConnectionId id) throws ApiException, AuthenticationException {
        var connection = find(id);
        var policy = access.policy();
        var authentication = policy.authenticator().reauthenticate(connection.grant());
        return new Authenticated(connection, authentication.authenticatedUntil(), policy.limits(authentication));
    }

    /**
     * Replaces what a socket was let in by.
     *
     * @param token a key or token of the same subject
     * @return the new authentication
     * @throws ApiException if the connection has expired
     * @throws AuthenticationException if the token is not good, or is another subject's; the socket keeps its old grant
     */
    Authentication renew(ConnectionId id, String token) throws ApiException, AuthenticationException {
        var connection = find(id);
        var authentication = access.policy().authenticator().authenticate(Credential.bearer(token));
        if (!authentication.subject().equals(connection.subject())) {
            throw AuthenticationException.of(Refusal.SUBJECT_MISMATCH);
        }
        if (!connections.renew(id, authentication.grant())) {
            throw expired();
        }
        return authentication;
    }

    /**
     * When the authentication of a socket ends, as far as its connection tells; empty if it has no end, or if that
     * can't be read. Reads nothing in an open deployment.
     */
    Optional<Instant> findEnd(ConnectionId id) {
        try {
            return access.policy().authenticator().isOpen()
                    ? Optional.empty()
                    : connections.find(id).flatMap(it -> it.grant().authenticatedUntil());
        } catch (AuthenticationException | RuntimeException e) {
            LOG.warn("the end of a socket's authentication is not known", e);
            return Optional.empty();
        }
    }

    private Connection find(ConnectionId id) throws ApiException {
        return connections.find(id).orElseThrow(SocketAuthentication::expired);
    }

    private static ApiException expired() {
        return ApiException.of(401, "connection_expired", "This connection has expired. Connect again.", null);
    }
}
