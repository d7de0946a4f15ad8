package dev.rill.aws.function;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * The plain text of a secret in Secrets Manager, without surrounding white space. It is read at the first {@link #get}
 * and not by the constructor, so that no SnapStart snapshot contains a key. It is read again when it is older than
 * {@code maxAge}, so that a rotated key is used. Safe for use by many threads.
 */
public final class CachedSecret implements Supplier<String> {

    private final SecretsManagerClient secrets;
    private final String id;
    private final Duration maxAge;
    private final InstantSource clock;

    @GuardedBy("this")
    private @Nullable CachedValue latest;

    /**
     * Reads nothing yet.
     *
     * @param secrets the caller closes it
     * @param id the secret's ARN or name
     * @param maxAge how old a value that {@link #get} returns may be
     */
    public CachedSecret(SecretsManagerClient secrets, String id, Duration maxAge, InstantSource clock) {
        this.secrets = secrets;
        this.id = id;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /**
     * The secret's text.
     *
     * @throws IllegalStateException if the secret can't be read or is empty; the message names the secret, not its text
     */
    @Override
    public synchronized String get() {
        var now = clock.instant();
        var cached = latest;
        if (cached == null || !now.isBefore(cached.readAt().plus(maxAge))) {
            cached = new CachedValue(read(), now);
            latest = cached;
        }
        return cached.value();
    }

    private String read() {
        return SecretText.read(id, () -> secrets.getSecretValue(get -> get.secretId(id)));
    }

    private record CachedValue(String value, Instant readAt) {
        @Override
        public String toString() {
            return "a secret read at " + readAt;
        }
    }
}
