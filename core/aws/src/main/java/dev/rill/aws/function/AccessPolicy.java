package dev.rill.aws.function;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.Credential;
import dev.rill.auth.Origins;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.quota.Limits;
import java.util.List;
import java.util.Map;

/**
 * Who may use a deployment, and what for, by the settings of one instant.
 *
 * @param requests what clients may ask for
 * @param limits of each subject; {@link #limits(Authentication)} has those of one client
 */
public record AccessPolicy(Authenticator authenticator, Origins origins, RequestPolicy requests, Limits limits) {

    /** A policy that lets in every request of every origin, as a subject without a name and without limits. */
    public static final AccessPolicy OPEN =
            new AccessPolicy(Authenticator.open(), Origins.parse("*"), RequestPolicy.UNRESTRICTED, Limits.NONE);

    /**
     * A policy by which clients may ask for the default model alone, with the limits of a deployment that names none.
     */
    public AccessPolicy(Authenticator authenticator, Origins origins) {
        this(authenticator, origins, RequestPolicy.DEFAULT, LimitParameters.read(Map.of()));
    }

    /** Returns a copy with other limits. */
    public AccessPolicy with(Limits newLimits) {
        return new AccessPolicy(authenticator, origins, requests, newLimits);
    }

    /** Returns the limits of a client: the deployment's, or its key's in their place. */
    public Limits limits(Authentication client) {
        return client.limits().applyTo(limits);
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
