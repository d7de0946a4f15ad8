package dev.rill.auth;

import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.Optional;

/**
 * A subject that is checked.
 *
 * @param keyId the API key that was used; empty if none was
 * @param authenticatedUntil the {@code exp} of the token or the expiry of the key; empty if there is no end. That of a
 *     token may lie up to 60 s in the past, the leeway for clocks that differ
 * @param limits of the key; {@link LimitOverrides#NONE} without a key
 */
public record Authentication(
        Subject subject, Optional<ApiKeyId> keyId, Optional<Instant> authenticatedUntil, LimitOverrides limits) {

    /** Of a deployment without authentication. */
    public static final Authentication ANONYMOUS = ofSubject(Subject.ANONYMOUS);

    /** A subject that was checked elsewhere, such as an IAM principal; it has no end. */
    public static Authentication ofSubject(Subject subject) {
        return new Authentication(subject, Optional.empty(), Optional.empty(), LimitOverrides.NONE);
    }

    /** What a ticket or a socket keeps of it. */
    public Grant grant() {
        return new Grant(subject, keyId, authenticatedUntil);
    }
}
