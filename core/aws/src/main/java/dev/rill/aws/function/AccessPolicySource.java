package dev.rill.aws.function;

import dev.rill.auth.AuthenticationException;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;

/** Knows who may use the deployment now, and what for. Safe for use by many threads. */
@FunctionalInterface
public interface AccessPolicySource {

    /**
     * The policy that is in force now.
     *
     * @throws AuthenticationException {@link dev.rill.auth.Refusal#AUTHENTICATION_UNAVAILABLE} if it is not known
     */
    AccessPolicy policy() throws AuthenticationException;

    /**
     * What clients may ask for now.
     *
     * @throws ApiException 503 if it is not known
     */
    default RequestPolicy requests() throws ApiException {
        try {
            return policy().requests();
        } catch (AuthenticationException e) {
            throw e.toApiException();
        }
    }
}
