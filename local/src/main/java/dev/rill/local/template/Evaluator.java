package dev.rill.local.template;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Evaluates intrinsic functions, for one set of parameters. A property is evaluated only if it is read, so that
 * properties that the local stack does not read may use every feature of CloudFormation. For use by one thread.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html">Intrinsic
 *     function reference</a>
 */
final class Evaluator {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(!?)([^}]*)}");

    private final Node.Mapping conditions;
    private final Node.Mapping mappings;
    private final References references;
    private final Map<String, Boolean> knownConditions = new HashMap<>();
    private final Set<String> openConditions = new HashSet<>();

    Evaluator(Node.Mapping conditions, Node.Mapping mappings, References references) {
        this.conditions = conditions;
        this.mappings = mappings;
        this.references = references;
    }

    /** Resolves {@code Ref} and {@code Fn::GetAtt}. */
    interface References {
        /**
         * The value of {@code Ref}.
         *
         * @throws TemplateException if the name is unknown
         */
        Node ref(String path, String name, Evaluator evaluator);

        /**
         * The value of {@code Fn::GetAtt}.
         *
         * @throws TemplateException if the name or the attribute is unknown
         */
        Node attribute(String path, String name, String attribute, Evaluator evaluator);
    }

    /** The node with every call evaluated: texts, sequences and mappings, or {@link Node.NoValue}. */
    Node evaluate(Node node) {
        return switch (node) {
            case Node.Text text -> text;
            case Node.NoValue nothing -> nothing;
            case Node.Sequence sequence ->
                new Node.Sequence(
                        sequence.path(),
                        sequence.items().stream()
                                .map(this::evaluate)
                                .filter(item -> !(item instanceof Node.NoValue))
                                .toList());
            case Node.Mapping mapping -> {
                var entries = new LinkedHashMap<String, Node>();
                mapping.entries().forEach((key, value) -> {
                    var evaluated = evaluate(value);
                    if (!(evaluated instanceof Node.NoValue)) {
                        entries.put(key, evaluated);
                    }
                });
                yield new Node.Mapping(mapping.path(), entries);
            }
            case Node.Call call -> call(call);
        };
    }

    /** Whether a condition of the template's {@code Conditions} holds. */
    boolean holds(String path, String condition) {
        var known = knownConditions.get(condition);
        if (known != null) {
            return known;
        }
        var definition = conditions.entries().get(condition);
        if (definition == null) {
            throw TemplateException.at(path, "there is no condition " + condition);
        }
        if (!openConditions.add(condition)) {
            throw TemplateException.at(path, "the condition " + condition + " depends on itself");
        }
        boolean holds = truth(definition);
        openConditions.remove(condition);
        knownConditions.put(condition, holds);
        return holds;
    }

    private Node call(Node.Call call) {
        var path = call.path();
        return switch (call.function()) {
            case "Ref" -> references.ref(path, text(call.argument()), this);
            case "Fn::GetAtt" -> attribute(call);
            case "Fn::Sub" -> substitute(call);
            case "Fn::Join" -> join(call);
            case "Fn::Select" -> select(call);
            case "Fn::Split" -> split(call);
            case "Fn::If" -> choose(call);
            case "Fn::FindInMap" -> find(call);
            case "Fn::Base64" ->
                new Node.Text(
                        path,
                        Base64.getEncoder().encodeToString(text(call.argument()).getBytes(UTF_8)));
            case "Condition", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or" ->
                new Node.Text(path, String.valueOf(truth(call)));
            default -> throw TemplateException.at(path, "the local stack does not support " + call.function());
        };
    }

    private Node attribute(Node.Call call) {
        if (call.argument() instanceof Node.Sequence) {
            var parts = items(call, 2, 2);
            return references.attribute(call.path(), text(parts.get(0)), text(parts.get(1)), this);
        }
        return dotted(call.path(), text(call.argument()));
    }

    private Node dotted(String path, String nameAndAttribute) {
        int dot = nameAndAttribute.indexOf('.');
        if (dot < 0) {
            throw TemplateException.at(path, "expected Resource.Attribute, found " + nameAndAttribute);
        }
        return references.attribute(
                path, nameAndAttribute.substring(0, dot), nameAndAttribute.substring(dot + 1), this);
    }

    private Node substitute(Node.Call call) {
        String template;
        Map<String, Node> variables;
        if (call.argument() instanceof Node.Sequence) {
            var parts = items(call, 2, 2);
            template = text(parts.get(0));
            if (!(parts.get(1) instanceof Node.Mapping given)) {
                throw TemplateException.at(call.path(), "the second argument of Fn::Sub must be a mapping");
            }
            variables = given.entries();
        } else {
            template = text(call.argument());
            variables = Map.of();
        }
        var placeholder = PLACEHOLDER.matcher(template);
        var result = new StringBuilder();
        while (placeholder.find()) {
            var name = placeholder.group(2);
            // ${!Literal} stands for ${Literal}.
            String value =
                    placeholder.group(1).isEmpty() ? variable(call.path(), name.strip(), variables) : "${" + name + "}";
            placeholder.appendReplacement(result, Matcher.quoteReplacement(value));
        }
        placeholder.appendTail(result);
        return new Node.Text(call.path(), result.toString());
    }

    private String variable(String path, String name, Map<String, Node> variables) {
        var given = variables.get(name);
        if (given != null) {
            return text(given);
        }
        // SAM's own references contain a dot as well: ${Function.Alias}. References distinguishes them from
        // attributes.
        return text(name.contains(".") ? dotted(path, name) : references.ref(path, name, this));
    }

    private Node join(Node.Call call) {
        var parts = items(call, 2, 2);
        return new Node.Text(
                call.path(),
                list(parts.get(1)).stream().map(this::text).collect(Collectors.joining(text(parts.get(0)))));
    }

    private Node select(Node.Call call) {
        var parts = items(call, 2, 2);
        var choices = list(parts.get(1));
        var index = text(parts.get(0));
        try {
            return evaluate(choices.get(Integer.parseInt(index)));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw TemplateException.at(call.path(), "Fn::Select has no item " + index + " among " + choices.size());
        }
    }

    private Node split(Node.Call call) {
        var parts = items(call, 2, 2);
        List<Node> pieces = new ArrayList<>();
        for (var piece : text(parts.get(1)).split(Pattern.quote(text(parts.get(0))), -1)) {
            pieces.add(new Node.Text(call.path(), piece));
        }
        return new Node.Sequence(call.path(), pieces);
    }

    private Node choose(Node.Call call) {
        var parts = items(call, 3, 3);
        return evaluate(parts.get(holds(call.path(), text(parts.get(0))) ? 1 : 2));
    }

    private Node find(Node.Call call) {
        var parts = items(call, 3, 4);
        var map = text(parts.get(0));
        var first = text(parts.get(1));
        var second = text(parts.get(2));
        if (mappings.entries().get(map) instanceof Node.Mapping top
                && top.entries().get(first) instanceof Node.Mapping inner) {
            var value = inner.entries().get(second);
            if (value != null) {
                return evaluate(value);
            }
        }
        if (parts.size() == 4 && parts.get(3) instanceof Node.Mapping options) {
            var fallback = options.entries().get("DefaultValue");
            if (fallback != null) {
                return evaluate(fallback);
            }
        }
        throw TemplateException.at(call.path(), "Mappings has no %s.%s.%s".formatted(map, first, second));
    }

    private boolean truth(Node node) {
        if (node instanceof Node.Call call) {
            return switch (call.function()) {
                case "Condition" -> holds(call.path(), text(call.argument()));
                case "Fn::Equals" -> {
                    var parts = items(call, 2, 2);
                    yield text(parts.get(0)).equals(text(parts.get(1)));
                }
                case "Fn::Not" -> !truth(items(call, 1, 1).get(0));
                case "Fn::And" -> items(call, 2, 10).stream().allMatch(this::truth);
                case "Fn::Or" -> items(call, 2, 10).stream().anyMatch(this::truth);
                default -> throw TemplateException.at(call.path(), call.function() + " is not a condition function");
            };
        }
        // The long form of a named condition is a mapping, which is a call only in a condition.
        if (node instanceof Node.Mapping mapping
                && mapping.entries().size() == 1
                && mapping.entries().get("Condition") instanceof Node.Text name) {
            return holds(mapping.path(), name.value());
        }
        throw TemplateException.at(node.path(), "expected a condition");
    }

    private List<Node> items(Node.Call call, int least, int most) {
        if (call.argument() instanceof Node.Sequence sequence
                && sequence.items().size() >= least
                && sequence.items().size() <= most) {
            return sequence.items();
        }
        String count = least == most ? String.valueOf(least) : least + " to " + most;
        throw TemplateException.at(call.path(), call.function() + " takes a list of " + count);
    }

    private List<Node> list(Node node) {
        if (evaluate(node) instanceof Node.Sequence sequence) {
            return sequence.items();
        }
        throw TemplateException.at(node.path(), "expected a list");
    }

    private String text(Node node) {
        if (evaluate(node) instanceof Node.Text text) {
            return text.value();
        }
        throw TemplateException.at(node.path(), "expected a text");
    }
}
