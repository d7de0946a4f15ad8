package dev.rill.aws.function;

import dev.rill.aws.Aws;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads the API key of the model's server. */
public final class ApiKey {

    private static final Duration MAX_AGE = Duration.ofMinutes(5);

    private ApiKey() {}

    /**
     * The key in the secret if one is named, else the plain key, else an empty text. A secret is read at the first
     * {@code get}, and again when it is older than 5 minutes.
     *
     * @param plain the key itself
     * @param secret the ARN of a secret in Secrets Manager
     */
    public static Supplier<String> of(Optional<String> plain, Optional<String> secret, Aws aws, InstantSource clock) {
        if (secret.isPresent()) {
            return new CachedSecret(aws.secretsManager(), secret.get(), MAX_AGE, clock);
        }
        return () -> plain.orElse("");
    }
}
