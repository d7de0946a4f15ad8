package dev.rill.auth;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Creates API keys. Safe for use by many threads if its source of randomness is. */
public final class ApiKeyIssuer {

    private final ApiKeys keys;
    private final RandomGenerator random;
    private final InstantSource clock;

    /**
     * Makes an issuer.
     *
     * @param random a cryptographically strong source, such as {@code SecureRandom}
     */
    public ApiKeyIssuer(ApiKeys keys, RandomGenerator random, InstantSource clock) {
        this.keys = keys;
        this.random = random;
        this.clock = clock;
    }

    /** A new key with its secret, which is shown now or never. */
    public record Issued(ApiKey key, ApiKeyRecord record) {}

    /**
     * Creates and stores a random key.
     *
     * @param subject without {@code key:}
     * @throws IllegalArgumentException if a text or the expiry is out of range; the message says what to do
     */
    public Issued issue(String subject, String name, Optional<Instant> expiresAt, LimitOverrides limits) {
        var key = ApiKey.random(random);
        var record = recordOf(key, subject, name, expiresAt, limits);
        if (!keys.create(record)) {
            throw new IllegalStateException("the source of randomness repeats itself: it gave the key " + record.id());
        }
        return new Issued(key, record);
    }

    /**
     * Stores a key that was generated elsewhere, such as the first key of a deployment. Does nothing if it is stored
     * already, so a revoked one stays revoked.
     */
    public void adopt(ApiKey key, String subject, String name) {
        keys.create(recordOf(key, subject, name, Optional.empty(), LimitOverrides.NONE));
    }

    private ApiKeyRecord recordOf(
            ApiKey key, String subject, String name, Optional<Instant> expiresAt, LimitOverrides limits) {
        var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        if (expiresAt.filter(end -> !now.isBefore(end)).isPresent()) {
            throw new IllegalArgumentException("give an expiry that is later than now, " + now);
        }
        var lifetime =
                new ApiKeyLifetime(now, expiresAt.map(end -> end.truncatedTo(ChronoUnit.MILLIS)), Optional.empty());
        return new ApiKeyRecord(key.hash(), ApiKeyRecord.subjectOf(subject), name, lifetime, limits);
    }
}
