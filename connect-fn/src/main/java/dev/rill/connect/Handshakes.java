package dev.rill.connect;

import dev.rill.auth.AuthenticationException;
import dev.rill.auth.HandshakeCredentials;
import dev.rill.auth.Origins;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.ConnectionId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides which handshakes are accepted, and stores their connections. Safe for use by many threads. */
final class Handshakes {

    private final AccessPolicySource access;
    private final ConnectionRegistry registry;

    Handshakes(AccessPolicySource access, ConnectionRegistry registry) {
        this.access = access;
        this.registry = registry;
    }

    /**
     * Accepts a handshake.
     *
     * @param headers by name in any case
     * @param query the decoded parameters of the query string
     * @return the subprotocol to echo; empty if none is offered
     * @throws AuthenticationException if the handshake is refused; no connection is stored then
     */
    Optional<String> accept(ConnectionId connection, Map<String, List<String>> headers, Map<String, List<String>> query)
            throws AuthenticationException {
        var handshake = HandshakeCredentials.read(headers, query, HandshakeCredentials.offered(headers));
        var policy = access.policy();
        var viewer = policy.domain().viewer(headers, Optional.empty(), Optional.empty());
        var authentication = policy.admit(viewer.foreign(Origins.sent(headers)), handshake.credential());
        var subprotocol = handshake.subprotocol();
        registry.register(connection, authentication.grant(), Subprotocol.of(subprotocol.orElse("")), viewer.address());
        return subprotocol;
    }
}
