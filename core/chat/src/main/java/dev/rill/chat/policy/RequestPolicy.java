package dev.rill.chat.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * What clients may ask for at the operator's expense. The time of a check grows with the size of the request.
 *
 * <p>A replayed item of a hosted tool, such as a {@code web_search_call} in {@code input}, is text of an earlier turn
 * and is allowed. So are {@code previous_response_id} and {@code item_reference}, which Rill resolves from its own log.
 *
 * @param models the models that a request may name beside the default model
 * @param serviceTiers the service tiers that a request may name
 * @param maxOutputTokens the greatest {@code max_output_tokens}, and the value for a request without one; empty for no
 *     limit
 * @param permissions what requests may use beyond the models
 */
public record RequestPolicy(
        AllowedNames models, AllowedNames serviceTiers, OptionalInt maxOutputTokens, Set<Permission> permissions) {

    /** What an operator can allow. */
    public enum Permission {
        /** Tools that the model's server executes, such as {@code web_search}. */
        HOSTED_TOOLS,
        /** Objects of the operator's account at the model's server, such as files. */
        OPERATOR_OBJECTS
    }

    /** The service tiers that OpenAI bills at its list price or below. */
    private static final String USUAL_TIERS = "auto,default,flex";

    /** Fields by which OpenRouter and LiteLLM take further models. */
    private static final List<String> FURTHER_MODELS = List.of("models", "fallbacks");

    /** Fields by which OpenRouter takes settings that name a model, and the hosts that may answer. */
    private static final List<String> MODEL_CHOICES = List.of("preset", "provider");

    /** The policy of a deployment that is told none: the default model alone, without hosted tools and objects. */
    public static final RequestPolicy DEFAULT = of(Map.of());

    /** Allows every request. */
    public static final RequestPolicy UNRESTRICTED = new RequestPolicy(
            new AllowedNames(Set.of(AllowedNames.ANY)),
            new AllowedNames(Set.of(AllowedNames.ANY)),
            OptionalInt.empty(),
            EnumSet.allOf(Permission.class));

    public RequestPolicy {
        permissions = Set.copyOf(permissions);
    }

    /**
     * Reads the parameters {@code AllowedModels} and {@code AllowedServiceTiers} (lists with commas, or {@code *} for
     * all), {@code MaxOutputTokens} (0 for no limit), {@code AllowHostedTools} and {@code AllowOperatorObjects}
     * ({@code true} or {@code false}). One that is missing or empty has its default: no further model,
     * {@value #USUAL_TIERS}, 0, {@code false}.
     *
     * @throws IllegalArgumentException if a value is wrong; the message is one line that says what to give
     */
    public static RequestPolicy of(Map<String, String> parameters) {
        var permissions = EnumSet.noneOf(Permission.class);
        if (isTrue(parameters, "AllowHostedTools")) {
            permissions.add(Permission.HOSTED_TOOLS);
        }
        if (isTrue(parameters, "AllowOperatorObjects")) {
            permissions.add(Permission.OPERATOR_OBJECTS);
        }
        return new RequestPolicy(
                AllowedNames.parse(find(parameters, "AllowedModels").orElse("")),
                AllowedNames.parse(find(parameters, "AllowedServiceTiers").orElse(USUAL_TIERS)),
                maxOutputTokens(parameters),
                permissions);
    }

    /**
     * Checks a request.
     *
     * @param defaultModel the model of requests that name none, which a request may always name
     * @throws ApiException 400 or 403 if the operator does not allow the request; names the first such field by its
     *     path
     */
    public void check(CreateRequest request, String defaultModel) throws ApiException {
        var body = request.body();
        checkModels(body, defaultModel);
        checkServiceTier(body);
        checkOutputTokens(body);
        if (!permissions.contains(Permission.HOSTED_TOOLS)) {
            HostedTools.refuse(body);
        }
        if (!permissions.contains(Permission.OPERATOR_OBJECTS)) {
            OperatorObjects.refuse(body);
        }
    }

    /** The {@code max_output_tokens} that the model is given for a request that names none; empty for none. */
    public OptionalInt outputTokenLimit(CreateRequest request) {
        return request.body().hasNonNull("max_output_tokens") ? OptionalInt.empty() : maxOutputTokens;
    }

    /**
     * Whether a request may name this model.
     *
     * @param defaultModel the model of requests that name none, which a request may always name
     */
    public boolean allowsModel(String name, String defaultModel) {
        return name.equals(defaultModel) || models.allow(name);
    }

    /** Returns the models that the operator has named, without {@link AllowedNames#ANY}. */
    public Set<String> namedModels() {
        var named = new TreeSet<>(models.names());
        named.remove(AllowedNames.ANY);
        return named;
    }

    /**
     * Checks the fields of a request that choose a model or a host.
     *
     * @param defaultModel the model of requests that name none, which a request may always name
     * @throws ApiException 403 if the operator does not allow the choice; names the first such field by its path
     */
    public void checkModels(ObjectNode body, String defaultModel) throws ApiException {
        checkModel(body.path("model"), "model", defaultModel);
        for (var field : FURTHER_MODELS) {
            checkFurtherModels(body.path(field), field, defaultModel);
        }
        for (var field : MODEL_CHOICES) {
            if (!isNothing(body.path(field)) && !models.allowAll()) {
                throw Refusals.modelChoice(field);
            }
        }
    }

    /** A server may take one model in place of an array. */
    private void checkFurtherModels(JsonNode further, String field, String defaultModel) throws ApiException {
        if (!further.isArray()) {
            checkModel(further, field, defaultModel);
        }
        for (int i = 0; further.isArray() && i < further.size(); i++) {
            checkModel(further.path(i), field + "[" + i + "]", defaultModel);
        }
    }

    private static boolean isNothing(JsonNode value) {
        return value.isMissingNode() || value.isNull() || (value.isContainerNode() && value.isEmpty());
    }

    /** A further model may be an object, which has no name and is allowed only where every model is. */
    private void checkModel(JsonNode model, String path, String defaultModel) throws ApiException {
        var name = model.asText();
        if (!model.isMissingNode() && !model.isNull() && !allowsModel(name, defaultModel)) {
            throw Refusals.model(name, path, defaultModel);
        }
    }

    private void checkServiceTier(ObjectNode body) throws ApiException {
        var tier = body.path("service_tier");
        if (tier.isTextual() && !serviceTiers.allow(tier.textValue())) {
            throw Refusals.serviceTier(tier.textValue());
        }
    }

    private void checkOutputTokens(ObjectNode body) throws ApiException {
        var asked = body.path("max_output_tokens");
        if (maxOutputTokens.isPresent() && asked.asLong() > maxOutputTokens.getAsInt()) {
            throw Refusals.outputTokens(asked.asLong(), maxOutputTokens.getAsInt());
        }
    }

    private static OptionalInt maxOutputTokens(Map<String, String> parameters) {
        var text = find(parameters, "MaxOutputTokens").orElse("0");
        try {
            var tokens = Integer.parseInt(text);
            if (tokens >= 0) {
                return tokens == 0 ? OptionalInt.empty() : OptionalInt.of(tokens);
            }
        } catch (NumberFormatException _) {
            // The message below covers negative numbers as well.
        }
        throw new IllegalArgumentException(
                "MaxOutputTokens: give a whole number, or 0 for no limit, instead of '" + text + "'");
    }

    private static boolean isTrue(Map<String, String> parameters, String name) {
        var text = find(parameters, name).orElse("false");
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(name + ": give true or false instead of '" + text + "'");
        };
    }

    private static Optional<String> find(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }
}
