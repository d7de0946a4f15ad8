package dev.rill.chat.socket;

import java.time.Instant;
import java.util.Optional;

/**
 * What a ticket and an open socket keep of an authentication: enough to check it again without the credential.
 *
 * @param keyId the API key by which the subject was authenticated; empty if it was not by a key
 * @param authenticatedUntil the first instant at which the grant is refused; empty if it has no end of its own. A key's
 *     expiry and revocation are read from the key
 */
public record Grant(Subject subject, Optional<ApiKeyId> keyId, Optional<Instant> authenticatedUntil) {

    /** The grant of a deployment without authentication. */
    public static final Grant ANONYMOUS = ofSubject(Subject.ANONYMOUS);

    /** A grant without a key and without an end. */
    public static Grant ofSubject(Subject subject) {
        return new Grant(subject, Optional.empty(), Optional.empty());
    }
}
