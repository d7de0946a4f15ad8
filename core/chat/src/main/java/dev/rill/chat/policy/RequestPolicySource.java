package dev.rill.chat.policy;

import dev.rill.chat.protocol.ApiException;

/** Knows which requests the operator allows now. Safe for use by many threads. */
@FunctionalInterface
public interface RequestPolicySource {

    /**
     * The policy that is in force now.
     *
     * @throws ApiException 503 if it is not known
     */
    RequestPolicy policy() throws ApiException;
}
