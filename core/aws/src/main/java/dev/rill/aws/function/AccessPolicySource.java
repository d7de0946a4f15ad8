package dev.rill.aws.function;

import dev.rill.auth.AuthenticationException;

/** Knows who may use the deployment now. Safe for use by many threads. */
@FunctionalInterface
public interface AccessPolicySource {

    /**
     * The policy that is in force now.
     *
     * @throws AuthenticationException {@link dev.rill.auth.Refusal#AUTHENTICATION_UNAVAILABLE} if it is not known
     */
    AccessPolicy policy() throws AuthenticationException;
}
