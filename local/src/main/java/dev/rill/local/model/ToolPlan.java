package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Content;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Decides which functions the model calls. It calls those that the prompt names, by the whole name or its last word,
 * and those of {@code /tool}, each once for each prompt, as far as {@code tool_choice} allows. A required or named
 * choice is met in every response.
 */
final class ToolPlan {

    /** Calls in one response. */
    private static final int MAX_CALLS = 8;

    private static final String DEFAULT_FUNCTION = "get_weather";
    private static final Pattern BETWEEN_NAMES = Pattern.compile("[^A-Za-z0-9_-]+");
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[_-]|(?<=[a-z])(?=[A-Z])");

    /** Letters of a word that names a function without being its whole name. */
    private static final int MIN_WORD = 4;

    private final ResponseRequest request;
    private final Content content;
    private final String prompt;
    private final ToolChoice choice;
    private final Map<String, ObjectNode> functions = new LinkedHashMap<>();

    ToolPlan(ResponseRequest request, Content content, String prompt) {
        this.request = request;
        this.content = content;
        this.prompt = prompt;
        this.choice = request.toolChoice();
        request.functions()
                .forEach(function -> functions.put(function.path("name").asText(), function));
    }

    /**
     * The calls of the response; empty if it is an answer.
     *
     * @throws InvalidRequestException if the choice can't be met, or a function's parameters have no instance
     */
    List<FunctionCall> calls() {
        var wanted = new LinkedHashSet<>(wanted());
        wanted.removeIf(name -> !choice.allows(name));
        var calls = switch (choice.mode()) {
            case NONE -> List.<String>of();
            case AUTO -> withoutCalled(wanted);
            case REQUIRED -> required(wanted);
        };
        var most = request.parallelToolCalls() ? MAX_CALLS : 1;
        return calls.stream().limit(most).map(this::call).toList();
    }

    private List<String> required(Set<String> wanted) {
        if (content instanceof Content.Refusal) {
            return List.of();
        }
        var allowed = functions.keySet().stream().filter(choice::allows).findFirst();
        if (allowed.isEmpty()) {
            throw InvalidRequestException.of("Tool choice: 'tools' has no function that it allows.", "tool_choice");
        }
        var next = withoutCalled(wanted);
        return next.isEmpty() ? List.of(wanted.stream().findFirst().orElse(allowed.get())) : next;
    }

    private List<String> withoutCalled(Set<String> wanted) {
        var called = request.calledSincePrompt();
        return wanted.stream().filter(name -> !called.contains(name)).toList();
    }

    private Set<String> wanted() {
        var named = named();
        return switch (content) {
            case Content.Prose _ -> named;
            case Content.ToolCall(var name) -> {
                var wanted = new LinkedHashSet<String>();
                name.or(() -> first(named))
                        .or(() -> first(functions.keySet()))
                        .or(() -> Optional.of(DEFAULT_FUNCTION))
                        .ifPresent(wanted::add);
                wanted.addAll(named);
                yield wanted;
            }
            case Content.Count _, Content.Echo _, Content.Large _, Content.Help _, Content.Refusal _ -> Set.of();
        };
    }

    /** The functions that the prompt names, in its order. */
    private Set<String> named() {
        var named = new LinkedHashSet<String>();
        BETWEEN_NAMES
                .splitAsStream(prompt)
                .flatMap(word -> functions.containsKey(word) ? Stream.of(word) : endingIn(word))
                .forEach(named::add);
        return named;
    }

    /** The functions whose name has this last word: a prompt about the weather names {@code get_weather}. */
    private Stream<String> endingIn(String word) {
        return functions.keySet().stream()
                .filter(name -> word.length() >= MIN_WORD)
                .filter(name -> List.of(BETWEEN_WORDS.split(name, -1)).getLast().equalsIgnoreCase(word));
    }

    private static Optional<String> first(Set<String> names) {
        return names.stream().findFirst();
    }

    private FunctionCall call(String name) {
        var function = functions.get(name);
        if (function == null || !function.path("parameters").isObject()) {
            return new FunctionCall(
                    name,
                    JsonNodeFactory.instance.objectNode().put("input", prompt).toString());
        }
        try {
            return new FunctionCall(
                    name, SchemaInstance.of(function.get("parameters"), prompt).toString());
        } catch (NoInstanceException e) {
            throw new InvalidRequestException(
                    "Invalid schema for function '" + name + "': " + e.getMessage() + ".",
                    Optional.of("tools[" + request.toolIndex(name) + "].parameters"),
                    Optional.of("invalid_function_parameters"));
        }
    }
}
