package dev.rill.aws.function;

import dev.rill.aws.Aws;
import dev.rill.aws.BedrockSigner;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The model's server and how it is asked.
 *
 * @param baseUrl the server's URL, without {@code /responses}
 * @param auth how requests are authorized
 * @param defaultModel the model of requests that name none
 * @param api what the server speaks, {@code responses} or {@code chat}
 * @param idle how long the server may send no byte before the model counts as stalled
 */
public record ModelSettings(URI baseUrl, Auth auth, String defaultModel, String api, Duration idle) {

    /** How requests to the model's server are authorized. */
    public sealed interface Auth {

        /**
         * By a key.
         *
         * @param plain the key itself, for local use; empty where a secret holds it, or the server wants none
         * @param secret the ARN of the secret that holds the key
         */
        record Key(Optional<String> plain, Optional<String> secret) implements Auth {

            /** Reads the key, from the secret if one is named; see {@link ApiKey#of}. */
            public Supplier<String> keys(Aws aws, InstantSource clock) {
                return ApiKey.of(plain, secret, aws, clock);
            }

            /** Without the key, which must not be logged. */
            @Override
            public String toString() {
                return "Key[" + secret + "]";
            }
        }

        /** By the function's role at Bedrock. */
        record Bedrock(BedrockSigner.Scope scope) implements Auth {}
    }

    /**
     * Reads {@code OPENAI_BASE_URL}, {@code OPENAI_API_KEY}, {@code OPENAI_API_KEY_SECRET}, {@code OPENAI_MODEL},
     * {@code MODEL_API} (default {@code responses}), {@code MODEL_AUTH} (default {@code key}) and
     * {@code MODEL_IDLE_SECONDS} (default 60).
     *
     * @throws IllegalStateException if a variable is missing or invalid
     */
    public static ModelSettings of(Environment environment) {
        var baseUrl = environment.requireUri("OPENAI_BASE_URL");
        return new ModelSettings(
                baseUrl,
                auth(environment, baseUrl),
                environment.require("OPENAI_MODEL"),
                environment.find("MODEL_API").orElse("responses"),
                environment.seconds("MODEL_IDLE_SECONDS", 60));
    }

    private static Auth auth(Environment environment, URI baseUrl) {
        var auth = environment.find("MODEL_AUTH").orElse("key");
        return switch (auth) {
            case "key" -> new Auth.Key(environment.find("OPENAI_API_KEY"), environment.find("OPENAI_API_KEY_SECRET"));
            case "bedrock" -> new Auth.Bedrock(BedrockSigner.Scope.of(baseUrl));
            default ->
                throw new IllegalStateException(
                        "the environment variable MODEL_AUTH is neither key nor bedrock: " + auth);
        };
    }
}
