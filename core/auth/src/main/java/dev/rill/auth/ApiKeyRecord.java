package dev.rill.auth;

import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.util.Optional;

/**
 * What is stored of an API key.
 *
 * @param subject {@code key:} and what the operator named; several keys can have the same one
 * @param name for the operator, such as {@code laptop}
 * @param limits what differs from the deployment's limits for requests with this key
 */
public record ApiKeyRecord(
        ApiKeyHash hash, Subject subject, String name, ApiKeyLifetime lifetime, LimitOverrides limits) {

    /** How the subject of every key begins. */
    public static final String SUBJECT_PREFIX = "key:";

    private static final int MAX_TEXT = 128;

    /** @throws IllegalArgumentException if the subject is not one of a key; the message says what to do */
    public ApiKeyRecord {
        if (!subject.value().startsWith(SUBJECT_PREFIX)) {
            throw new IllegalArgumentException("the subject of a key begins with " + SUBJECT_PREFIX);
        }
        checkText("subject", subject.value().substring(SUBJECT_PREFIX.length()));
        checkText("name", name);
    }

    /** The subject of a key for which the operator named this one. */
    public static Subject subjectOf(String named) {
        return new Subject(SUBJECT_PREFIX + named);
    }

    public ApiKeyId id() {
        return hash.id();
    }

    public Instant createdAt() {
        return lifetime.createdAt();
    }

    public Optional<Instant> expiresAt() {
        return lifetime.expiresAt();
    }

    /** Whether this is the tombstone of a revoked key. */
    public boolean revoked() {
        return lifetime.revoked();
    }

    /** The same key, revoked. Keeps the instant of an earlier revocation. */
    public ApiKeyRecord revokedAt(Instant now) {
        return new ApiKeyRecord(hash, subject, name, lifetime.revokedAt(now), limits);
    }

    private static void checkText(String what, String text) {
        if (text.isBlank() || text.length() > MAX_TEXT || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "give a " + what + " of 1 to " + MAX_TEXT + " characters without line breaks");
        }
    }
}
