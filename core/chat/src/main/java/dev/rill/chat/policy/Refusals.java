package dev.rill.chat.policy;

import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.WellFormed;
import java.util.Map;

/** The errors of requests that the operator does not allow. Each says what the client and what the operator can do. */
final class Refusals {

    /** The longest piece of a request that an error repeats, in characters. */
    private static final int MAX_QUOTED = 64;

    private static final Map<String, String> INSTEAD_OF_OBJECTS = Map.of(
            "prompt", "Send its text in 'instructions' and 'input'.",
            "file_id", "Send the file or the image itself.",
            "file_ids", "Send the files themselves in 'input'.");

    private Refusals() {}

    static ApiException model(String model, String path, String defaultModel) {
        return ApiException.of(
                403,
                "model_not_allowed",
                "The model '" + quoted(model) + "' in '" + path
                        + "' is not allowed here. Leave the field out to be answered by '" + defaultModel
                        + "'. The operator can allow more models by the parameter AllowedModels.",
                path);
    }

    /** @param field chooses a model or a host without the model's name */
    static ApiException modelChoice(String field) {
        return ApiException.of(
                403,
                "model_not_allowed",
                "'" + field
                        + "' may choose another model or host than the operator's and is not allowed here. Leave it out. The operator can allow it by setting the parameter AllowedModels to *.",
                field);
    }

    static ApiException serviceTier(String tier) {
        return ApiException.of(
                403,
                "service_tier_not_allowed",
                "The service tier '" + quoted(tier)
                        + "' has a price of its own and is not allowed here. Leave 'service_tier' out. The operator can allow more tiers by the parameter AllowedServiceTiers.",
                "service_tier");
    }

    static ApiException outputTokens(long asked, int limit) {
        return ApiException.of(
                400,
                "max_output_tokens_too_large",
                "'max_output_tokens' is " + asked + ", and at most " + limit
                        + " are allowed here. Name fewer, or leave the field out. The operator can change the limit by the parameter MaxOutputTokens.",
                "max_output_tokens");
    }

    /** @param path the field that makes the tool a hosted one */
    static ApiException tool(String tool, String path) {
        var codex = tool.startsWith("web_search") ? " (Codex: put web_search = \"disabled\" into config.toml)" : "";
        return ApiException.of(
                403,
                "tool_not_allowed",
                "The tool '" + quoted(tool) + "' in '" + path
                        + "' is run by the model's server at the operator's expense and is not allowed here. Send the request without it"
                        + codex
                        + ". The operator can allow such tools by setting the parameter AllowHostedTools to true.",
                path);
    }

    /** @param field the last name of the path */
    static ApiException object(String field, String path) {
        return ApiException.of(
                403,
                "object_not_allowed",
                "'" + path
                        + "' names an object of the operator's account at the model's server, which is not allowed here. "
                        + INSTEAD_OF_OBJECTS.getOrDefault(field, "Leave it out.")
                        + " The operator can allow such objects by setting the parameter AllowOperatorObjects to true.",
                path);
    }

    /** A piece of a request, cut so that an error with many of them fits into one message of a socket. */
    static String quoted(String text) {
        return text.length() <= MAX_QUOTED ? text : WellFormed.of(text.substring(0, MAX_QUOTED)) + "...";
    }
}
