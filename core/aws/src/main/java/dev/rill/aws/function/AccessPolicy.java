package dev.rill.aws.function;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Authenticator;
import dev.rill.auth.Credential;
import dev.rill.auth.DomainAccess;
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
 * @param domain knows which requests come through the deployment's domain
 */
public record AccessPolicy(
        Authenticator authenticator, Origins origins, RequestPolicy requests, Limits limits, DomainAccess domain) {

    /** A policy that lets in every request of every origin, as a subject without a name and without limits. */
    public static final AccessPolicy OPEN =
            new AccessPolicy(Authenticator.open(), Origins.parse("*"), RequestPolicy.UNRESTRICTED, Limits.NONE);

    /**
     * A policy by which clients may ask for the default model alone, with the limits of a deployment that names none.
     */
    public AccessPolicy(Authenticator authenticator, Origins origins) {
        this(authenticator, origins, RequestPolicy.DEFAULT, LimitParameters.read(Map.of()));
    }

    /** A policy of a deployment without a domain. */
    public AccessPolicy(Authenticator authenticator, Origins origins, RequestPolicy requests, Limits limits) {
        this(authenticator, origins, requests, limits, DomainAccess.NONE);
    }

    /** Returns a copy with other limits. */
    public AccessPolicy with(Limits newLimits) {
        return new AccessPolicy(authenticator, origins, requests, newLimits, domain);
    }

    /** Returns a copy with another domain. */
    public AccessPolicy with(DomainAccess newDomain) {
        return new AccessPolicy(authenticator, origins, requests, limits, newDomain);
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
