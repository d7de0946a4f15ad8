package dev.rill.openai;

import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * The model's server and its timeouts.
 *
 * @param baseUrl the URL before {@code /responses} or {@code /chat/completions}, such as {@value #OPENAI}; {@code http}
 *     or {@code https}
 * @param auth how requests are authorized
 * @param defaultModel the {@code model} of requests that name none
 * @param idleLimit maximum time without a byte from the server, also before the first one; then the model counts as
 *     stalled
 * @param connectLimit maximum time to connect
 * @param api what the server speaks
 */
public record OpenAiSettings(
        URI baseUrl, ModelAuth auth, String defaultModel, Duration idleLimit, Duration connectLimit, ModelApi api) {

    /** OpenAI's own server. */
    public static final String OPENAI = "https://api.openai.com/v1";

    /** The default of {@code connectLimit}, more than a reachable server needs. */
    public static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

    public OpenAiSettings {
        if (!("http".equals(baseUrl.getScheme()) || "https".equals(baseUrl.getScheme())) || baseUrl.getHost() == null) {
            throw new IllegalArgumentException("the base URL needs http or https and a host, such as " + OPENAI);
        }
        if (defaultModel.isBlank()) {
            throw new IllegalArgumentException("the default model is blank");
        }
        requirePositive(idleLimit);
        requirePositive(connectLimit);
    }

    /** Settings of a server that speaks the Responses API. */
    public OpenAiSettings(
            URI baseUrl, Supplier<String> apiKey, String defaultModel, Duration idleLimit, Duration connectLimit) {
        this(baseUrl, new ModelAuth.Key(apiKey), defaultModel, idleLimit, connectLimit, ModelApi.RESPONSES);
    }

    /** Settings of a server that speaks the Responses API, with the default connect limit. */
    public static OpenAiSettings of(URI baseUrl, Supplier<String> apiKey, String defaultModel, Duration idleLimit) {
        return new OpenAiSettings(baseUrl, apiKey, defaultModel, idleLimit, CONNECT_LIMIT);
    }

    /** Returns a copy for a server that speaks this API. */
    public OpenAiSettings with(ModelApi newApi) {
        return new OpenAiSettings(baseUrl, auth, defaultModel, idleLimit, connectLimit, newApi);
    }

    /** Returns a copy whose requests are authorized in another way. */
    public OpenAiSettings with(ModelAuth newAuth) {
        return new OpenAiSettings(baseUrl, newAuth, defaultModel, idleLimit, connectLimit, api);
    }

    /** Returns a copy for another server, which needs no key. */
    OpenAiSettings withoutKeyAt(URI newBaseUrl) {
        var none = new ModelAuth.Key(() -> "");
        return new OpenAiSettings(newBaseUrl, none, defaultModel, idleLimit, connectLimit, api);
    }

    private static void requirePositive(Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("a limit must be positive, and is " + limit);
        }
    }
}
