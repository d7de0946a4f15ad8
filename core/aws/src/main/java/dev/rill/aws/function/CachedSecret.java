package dev.rill.aws.function;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * The plain text of a secret in Secrets Manager, without surrounding white space. It is read at the first {@link #get},
 * not when this is made, so that no key gets into a SnapStart snapshot; and again after a while, so that a rotated key
 * is noticed. Safe for use by many threads.
 */
public final class CachedSecret implements Supplier<String> {

    private final SecretsManagerClient secrets;
    private final String id;
    private final Duration maxAge;
    private final InstantSource clock;
    private @Nullable Reading latest;

    /**
     * @param id the secret's ARN or name
     * @param maxAge how old an answer of {@link #get} may be
     */
    public CachedSecret(SecretsManagerClient secrets, String id, Duration maxAge, InstantSource clock) {
        this.secrets = secrets;
        this.id = id;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /**
     * @throws IllegalStateException if the secret can't be read or holds no text; the message names the secret, not its
     *     value
     */
    @Override
    public synchronized String get() {
        var now = clock.instant();
        var reading = latest;
        if (reading == null || !now.isBefore(reading.at().plus(maxAge))) {
            reading = new Reading(read(), now);
            latest = reading;
        }
        return reading.value();
    }

    private String read() {
        try {
            var value = secrets.getSecretValue(get -> get.secretId(id)).secretString();
            if (value == null || value.isBlank()) {
                throw new IllegalStateException("the secret " + id + " holds no text");
            }
            return value.strip();
        } catch (SdkException e) {
            throw new IllegalStateException("the secret " + id + " can't be read: " + e.getMessage(), e);
        }
    }

    private record Reading(String value, Instant at) {
        @Override
        public String toString() {
            return "a secret read at " + at;
        }
    }
}
