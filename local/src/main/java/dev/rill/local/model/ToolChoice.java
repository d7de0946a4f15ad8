package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code tool_choice} of a request.
 *
 * @param allowed the names of the functions that may be called; absent for all
 */
record ToolChoice(Mode mode, Optional<Set<String>> allowed) {

    enum Mode {
        NONE,
        AUTO,
        REQUIRED;

        private static Mode of(String wire) {
            return switch (wire) {
                case "none" -> NONE;
                case "required" -> REQUIRED;
                default -> AUTO;
            };
        }
    }

    /** Of the field's value: a mode, a named function, or {@code allowed_tools}. Other values are {@code auto}. */
    static ToolChoice of(JsonNode value) {
        return switch (value.path("type").asText()) {
            case "function" ->
                new ToolChoice(
                        Mode.REQUIRED, Optional.of(Set.of(value.path("name").asText())));
            case "allowed_tools" -> {
                var names = new LinkedHashSet<String>();
                value.path("tools").forEach(tool -> names.add(tool.path("name").asText()));
                yield new ToolChoice(Mode.of(value.path("mode").asText()), Optional.of(names));
            }
            default -> new ToolChoice(Mode.of(value.asText()), Optional.empty());
        };
    }

    boolean allows(String name) {
        return allowed.isEmpty() || allowed.get().contains(name);
    }
}
