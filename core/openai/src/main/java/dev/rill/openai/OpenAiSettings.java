package dev.rill.openai;

import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Which server answers, and how long it is waited for.
 *
 * @param baseUrl what comes before {@code /responses}, such as {@value #OPENAI}; {@code http} or {@code https}
 * @param apiKey asked at every request and not before, so that a key may be read after a snapshot and may change; it
 *     should remember its answer. An empty key is for servers that want none
 * @param defaultModel the {@code model} of requests that name none
 * @param idleLimit how long the server may send no byte, before its first one too, until the model counts as stalled
 * @param connectLimit how long a connection may take to come about
 */
public record OpenAiSettings(
        URI baseUrl, Supplier<String> apiKey, String defaultModel, Duration idleLimit, Duration connectLimit) {

    /** OpenAI's own server. */
    public static final String OPENAI = "https://api.openai.com/v1";

    /** How long a connection to a server that is up takes at the very most. */
    public static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

    public OpenAiSettings {
        if (!("http".equals(baseUrl.getScheme()) || "https".equals(baseUrl.getScheme())) || baseUrl.getHost() == null) {
            throw new IllegalArgumentException("the base URL needs http or https and a host, such as " + OPENAI);
        }
        if (defaultModel.isBlank()) {
            throw new IllegalArgumentException("the default model has no name");
        }
        requirePositive(idleLimit);
        requirePositive(connectLimit);
    }

    private static void requirePositive(Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("a limit is longer than " + limit);
        }
    }
}
