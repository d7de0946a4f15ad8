package dev.rill.aws.function;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.Credential;
import dev.rill.auth.Origins;
import dev.rill.chat.policy.RequestPolicy;
import java.util.List;

/**
 * Who may use a deployment, and what for, by the settings of one instant.
 *
 * @param requests what clients may ask for
 */
public record AccessPolicy(Authenticator authenticator, Origins origins, RequestPolicy requests) {

    /** A policy that lets in every request of every origin, as a subject without a name. */
    public static final AccessPolicy OPEN =
            new AccessPolicy(Authenticator.open(), Origins.parse("*"), RequestPolicy.UNRESTRICTED);

    /** A policy by which clients may ask for the default model alone. */
    public AccessPolicy(Authenticator authenticator, Origins origins) {
        this(authenticator, origins, RequestPolicy.DEFAULT);
    }

    /**
     * Checks the origin of a request or handshake and then its credential.
     *
     * @param origins the values of the header {@code Origin}; empty if the client is a program
     * @throws AuthenticationException if the request is refused, or if its credential can't be checked now
     */
    public Authentication admit(List<String> origins, Credential credential) throws AuthenticationException {
        this.origins.check(origins);
        return authenticator.authenticate(credential);
    }
}
