package dev.rill.aws.function;

import dev.rill.aws.Aws;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the key of the model's server comes from. */
public final class ApiKey {

    private static final Duration MAX_AGE = Duration.ofMinutes(5);

    private ApiKey() {}

    /**
     * The key in a secret, if one is named, read when it is first asked for; else the plain one; else none, which is an
     * empty text.
     *
     * @param plain the key itself
     * @param secret the ARN of a secret of Secrets Manager
     */
    public static Supplier<String> of(Optional<String> plain, Optional<String> secret, Aws aws, InstantSource clock) {
        if (secret.isPresent()) {
            return new CachedSecret(aws.secretsManager(), secret.get(), MAX_AGE, clock);
        }
        return () -> plain.orElse("");
    }
}
