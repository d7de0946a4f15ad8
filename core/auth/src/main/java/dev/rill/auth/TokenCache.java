package dev.rill.auth;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers tokens that were verified within 30 s, by their hashes: the check of a signature takes milliseconds. A
 * token that was refused is not remembered. Safe for use by many threads.
 */
final class TokenCache {

    /** A key that its issuer has withdrawn is good for so much longer than the issuer's keys are kept. */
    static final Duration MAX_AGE = Duration.ofSeconds(30);

    private static final int MAX_TOKENS = 1_000;

    @GuardedBy("this")
    private final Map<String, Verified> tokens = new LeastRecentlyUsed<>(MAX_TOKENS);

    private record Verified(Authentication authentication, Instant until) {}

    /** What a token was good for; empty if it must be verified. */
    synchronized Optional<Authentication> find(String hash, Instant now) {
        return Optional.ofNullable(tokens.get(hash))
                .filter(verified -> now.isBefore(verified.until()))
                .map(Verified::authentication);
    }

    /**
     * Remembers a token for 30 s, or until its {@code exp} if that is earlier.
     *
     * @param verifiedAt an instant before the verification
     */
    synchronized void remember(String hash, Authentication authentication, Instant verifiedAt) {
        var until = verifiedAt.plus(MAX_AGE);
        var end = authentication.authenticatedUntil().filter(until::isAfter).orElse(until);
        tokens.put(hash, new Verified(authentication, end));
    }
}
