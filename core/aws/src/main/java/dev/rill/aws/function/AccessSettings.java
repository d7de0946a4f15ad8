package dev.rill.aws.function;

import dev.rill.auth.AuthenticationSettings;
import dev.rill.auth.DomainAccess.DirectUrls;
import dev.rill.auth.Origins;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limits;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may use a deployment, and what for.
 *
 * @param authentication how clients are authenticated
 * @param origins the origins of web pages that are let in
 * @param requests what clients may ask for
 * @param limits of each subject
 * @param secrets where the deployment's other secrets are
 * @param directUrls whether requests that do not come through the deployment's domain are let in
 */
record AccessSettings(
        AuthenticationSettings authentication,
        Origins origins,
        RequestPolicy requests,
        Limits limits,
        Secrets secrets,
        DirectUrls directUrls) {

    /**
     * The ARNs of secrets that the settings name.
     *
     * @param firstApiKey of the deployment's first key; empty if there is none
     * @param domain of what the domain's distribution shows; empty if there is no domain
     */
    record Secrets(Optional<String> firstApiKey, Optional<String> domain) {}

    /**
     * The settings of a function that is told none: it takes API keys, lets in no web pages and allows the default
     * model alone.
     */
    static final String NOTHING = "{}";

    /**
     * Reads a JSON object whose values are texts: the parameters of {@link AuthenticationSettings#of},
     * {@link RequestPolicy#of} and {@link LimitParameters#read}, {@code AllowedOrigins}, {@code FirstApiKeySecret},
     * {@code DomainSecret} and {@code CloseDirectUrls}. What is missing leaves a deployment closed: API keys are taken,
     * no web pages let in, and the default model alone is allowed. The direct URLs are open then.
     *
     * @throws IllegalArgumentException if a value is wrong; the message is one line that says what to do
     */
    static AccessSettings parse(String json) {
        var object = Json.findObject(json)
                .orElseThrow(() -> new IllegalArgumentException("the settings are not a JSON object"));
        var values = new HashMap<String, String>();
        object.properties().forEach(property -> {
            if (!property.getValue().isTextual()) {
                throw new IllegalArgumentException("the setting " + property.getKey() + " is not a text");
            }
            values.put(property.getKey(), property.getValue().textValue());
        });
        return of(values);
    }

    private static AccessSettings of(Map<String, String> values) {
        return new AccessSettings(
                AuthenticationSettings.of(values),
                Origins.parse(values.getOrDefault("AllowedOrigins", "")),
                RequestPolicy.of(values),
                LimitParameters.read(values),
                new Secrets(arn(values, "FirstApiKeySecret"), arn(values, "DomainSecret")),
                directUrls(values.getOrDefault("CloseDirectUrls", "false")));
    }

    private static Optional<String> arn(Map<String, String> values, String name) {
        return Optional.ofNullable(values.get(name)).map(String::strip).filter(arn -> !arn.isEmpty());
    }

    private static DirectUrls directUrls(String closed) {
        return switch (closed) {
            case "true" -> DirectUrls.CLOSED;
            case "false" -> DirectUrls.OPEN;
            default -> throw new IllegalArgumentException("CloseDirectUrls: write 'true' or 'false'");
        };
    }
}
