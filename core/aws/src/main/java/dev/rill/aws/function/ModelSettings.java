package dev.rill.aws.function;

import dev.rill.aws.Aws;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The model's server and how it is asked.
 *
 * @param baseUrl the server's URL, without {@code /responses}
 * @param apiKey the key itself, for local use; empty where a secret holds it, or the server wants none
 * @param apiKeySecret the ARN of the secret that holds the key
 * @param defaultModel the model of requests that name none
 * @param api what the server speaks, {@code responses} or {@code chat}
 * @param idle how long the server may send no byte before the model counts as stalled
 */
public record ModelSettings(
        URI baseUrl,
        Optional<String> apiKey,
        Optional<String> apiKeySecret,
        String defaultModel,
        String api,
        Duration idle) {

    /**
     * Reads {@code OPENAI_BASE_URL}, {@code OPENAI_API_KEY}, {@code OPENAI_API_KEY_SECRET}, {@code OPENAI_MODEL},
     * {@code MODEL_API} (default {@code responses}) and {@code MODEL_IDLE_SECONDS} (default 60).
     *
     * @throws IllegalStateException if a variable is missing or invalid
     */
    public static ModelSettings of(Environment environment) {
        return new ModelSettings(
                environment.requireUri("OPENAI_BASE_URL"),
                environment.find("OPENAI_API_KEY"),
                environment.find("OPENAI_API_KEY_SECRET"),
                environment.require("OPENAI_MODEL"),
                environment.find("MODEL_API").orElse("responses"),
                environment.seconds("MODEL_IDLE_SECONDS", 60));
    }

    /** Reads the key, from the secret if one is named; see {@link ApiKey#of}. */
    public Supplier<String> keys(Aws aws, InstantSource clock) {
        return ApiKey.of(apiKey, apiKeySecret, aws, clock);
    }
}
