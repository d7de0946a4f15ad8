package dev.rill.chat.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import java.util.List;
import java.util.Set;

/**
 * Refuses tools that the model's server executes. A type is refused unless it is known to be executed by the client, so
 * a tool that a server learns later is refused as well.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI: the types of tools</a>
 */
final class HostedTools {

    private static final Set<String> EXECUTED_BY_CLIENTS = Set.of(
            "function", "custom", "local_shell", "apply_patch", "computer", "computer_use", "computer_use_preview");

    /** The types of a {@code tool_choice} that name a tool of {@code tools}, where the tool itself is checked. */
    private static final Set<String> CHECKED_IN_TOOLS = Set.of("shell", "tool_search", "namespace");

    /**
     * An item with the tools that an MCP server had in an earlier turn. They have no type, and no server executes them.
     */
    private static final String LISTED_TOOLS = "mcp_list_tools";

    /** Fields by which an item would connect the model's server to an MCP server. */
    private static final List<String> MCP_SERVERS = List.of("server_url", "connector_id");

    private HostedTools() {}

    /** @throws ApiException that names the first hosted tool */
    static void refuse(ObjectNode body) throws ApiException {
        checkTools(body.path("tools"), "tools");
        checkChoice(body.path("tool_choice"));
        var input = body.path("input");
        for (int i = 0; i < input.size(); i++) {
            checkItem(input.path(i), "input[" + i + "]");
        }
        // OpenRouter's name for tools that it executes.
        if (!body.path("plugins").isEmpty()) {
            throw Refusals.tool("plugins", "plugins");
        }
    }

    private static void checkTools(JsonNode tools, String path) throws ApiException {
        for (int i = 0; i < tools.size(); i++) {
            checkTool(tools.path(i), path + "[" + i + "]");
        }
    }

    private static void checkTool(JsonNode tool, String path) throws ApiException {
        var type = requireType(tool, path);
        switch (type) {
            case "shell" -> requireLocal(tool.path("environment"), path + ".environment");
            case "tool_search" -> {
                if (!tool.path("execution").asText().equals("client")) {
                    throw Refusals.tool(type, path + ".execution");
                }
            }
            case "namespace" -> {
                var tools = tool.path("tools");
                for (int i = 0; i < tools.size(); i++) {
                    requireExecutedByClient(tools.path(i), path + ".tools[" + i + "]");
                }
            }
            default -> requireExecutedByClient(tool, path);
        }
    }

    /** A shell without an environment is one that the client executes. */
    private static void requireLocal(JsonNode environment, String path) throws ApiException {
        if (environment.isMissingNode() || environment.isNull()) {
            return;
        }
        if (!environment.path("type").asText().equals("local")) {
            throw Refusals.tool("shell", path + ".type");
        }
    }

    private static void requireExecutedByClient(JsonNode tool, String path) throws ApiException {
        var type = requireType(tool, path);
        if (!EXECUTED_BY_CLIENTS.contains(type)) {
            throw Refusals.tool(type, path + ".type");
        }
    }

    /** A {@code tool_choice} that is a text is a mode, such as {@code auto}. */
    private static void checkChoice(JsonNode choice) throws ApiException {
        if (!choice.isObject()) {
            return;
        }
        if (!choice.path("type").asText().equals("allowed_tools")) {
            checkChosen(choice, "tool_choice");
            return;
        }
        var tools = choice.path("tools");
        for (int i = 0; i < tools.size(); i++) {
            checkChosen(tools.path(i), "tool_choice.tools[" + i + "]");
        }
    }

    private static void checkChosen(JsonNode tool, String path) throws ApiException {
        if (!CHECKED_IN_TOOLS.contains(requireType(tool, path))) {
            requireExecutedByClient(tool, path);
        }
    }

    /** An item can add tools to the request, such as {@code additional_tools} and {@code tool_search_output} do. */
    private static void checkItem(JsonNode item, String path) throws ApiException {
        var type = item.path("type").asText();
        if (type.equals("mcp")) {
            throw Refusals.tool(type, path + ".type");
        }
        for (var field : MCP_SERVERS) {
            if (item.hasNonNull(field)) {
                throw Refusals.tool("mcp", path + "." + field);
            }
        }
        if (!type.equals(LISTED_TOOLS)) {
            checkTools(item.path("tools"), path + ".tools");
        }
    }

    private static String requireType(JsonNode tool, String path) throws ApiException {
        var type = tool.path("type");
        if (type.isTextual()) {
            return type.textValue();
        }
        throw type.isMissingNode()
                ? ApiException.missing(path + ".type")
                : ApiException.wrongType(path + ".type", "a string");
    }
}
