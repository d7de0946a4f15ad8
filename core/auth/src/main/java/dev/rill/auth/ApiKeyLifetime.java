package dev.rill.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * From when until when an API key is good.
 *
 * @param createdAt in whole milliseconds, as are the other instants
 * @param expiresAt the first instant at which the key is refused; empty if it does not expire
 * @param revokedAt the first revocation; empty if the key is not revoked. A revoked key stays as a tombstone, so that
 *     it can't be created again
 */
public record ApiKeyLifetime(Instant createdAt, Optional<Instant> expiresAt, Optional<Instant> revokedAt) {

    public boolean revoked() {
        return revokedAt.isPresent();
    }

    public boolean expired(Instant now) {
        return expiresAt.filter(end -> !now.isBefore(end)).isPresent();
    }

    /** The same lifetime, revoked at this instant or earlier. */
    public ApiKeyLifetime revokedAt(Instant now) {
        return new ApiKeyLifetime(createdAt, expiresAt, revokedAt.or(() -> Optional.of(now)));
    }
}
