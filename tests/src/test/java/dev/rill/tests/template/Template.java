package dev.rill.tests.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * {@code template.yaml} as a tree. Intrinsic functions have their long form: {@code !Ref X} is {@code {"Ref": "X"}},
 * {@code !Sub X} is {@code {"Fn::Sub": "X"}}, {@code !GetAtt X.Y} is {@code {"Fn::GetAtt": "X.Y"}}.
 *
 * @param root the root of the template
 */
record Template(JsonNode root) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Pattern SUBSTITUTED = Pattern.compile("\\$\\{([A-Za-z0-9:.]+)}");

    static Template read(Path file) {
        try (var in = Files.newInputStream(file)) {
            var node = new Compose(LoadSettings.builder().build())
                    .composeInputStream(in)
                    .orElseThrow(() -> new IllegalArgumentException(file + " is empty"));
            return new Template(tree(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The properties of a resource. A function has those of {@code Globals} as well, unless it sets them itself. */
    JsonNode properties(String logicalId) {
        var resource = root.path("Resources").path(logicalId);
        if (resource.isMissingNode()) {
            throw new IllegalArgumentException("template.yaml has no resource " + logicalId);
        }
        var properties = JSON.objectNode();
        if (isFunction(resource)) {
            properties.setAll((ObjectNode) root.path("Globals").path("Function"));
        }
        properties.setAll((ObjectNode) resource.path("Properties"));
        return properties;
    }

    /** The resources of this type, by logical id. */
    SequencedMap<String, JsonNode> resources(String type) {
        var found = new TreeMap<String, JsonNode>();
        for (var resource : root.path("Resources").properties()) {
            if (resource.getValue().path("Type").asText().equals(type)) {
                found.put(resource.getKey(), properties(resource.getKey()));
            }
        }
        return found;
    }

    /** The functions, by logical id. */
    SequencedMap<String, JsonNode> functions() {
        return resources("AWS::Serverless::Function");
    }

    JsonNode parameters() {
        return root.path("Parameters");
    }

    /**
     * The names to which a part of the template refers: parameters, resources (with the attribute, if one is named) and
     * pseudo parameters.
     */
    SequencedSet<String> references(JsonNode node) {
        var names = new TreeSet<String>();
        if (node.isObject()) {
            for (var field : node.properties()) {
                switch (field.getKey()) {
                    case "Ref", "Fn::GetAtt" -> names.add(field.getValue().asText());
                    case "Fn::Sub" -> {
                        // The long form is a list of a text and its variables. Their names are found here as well.
                        var text = field.getValue().isArray() ? field.getValue().get(0) : field.getValue();
                        names.addAll(references(field.getValue()));
                        var matcher = SUBSTITUTED.matcher(text.asText());
                        while (matcher.find()) {
                            names.add(matcher.group(1));
                        }
                    }
                    default -> names.addAll(references(field.getValue()));
                }
            }
        } else {
            node.forEach(element -> names.addAll(references(element)));
        }
        return names;
    }

    /**
     * The parameters that decide what a part of the template is: those that it refers to, and those of its conditions.
     */
    SequencedSet<String> decidingParameters(JsonNode node) {
        var names = new TreeSet<>(references(node));
        conditions(node)
                .forEach(condition ->
                        names.addAll(decidingParameters(root.path("Conditions").path(condition))));
        var parameters = new TreeSet<String>();
        parameters().fieldNames().forEachRemaining(parameters::add);
        names.retainAll(parameters);
        return names;
    }

    private static SequencedSet<String> conditions(JsonNode node) {
        var names = new TreeSet<String>();
        if (node.has("Fn::If")) {
            names.add(node.path("Fn::If").path(0).asText());
        }
        if (node.path("Condition").isTextual()) {
            names.add(node.path("Condition").asText());
        }
        node.forEach(element -> names.addAll(conditions(element)));
        return names;
    }

    /**
     * The number that a property has with these values of the parameters.
     *
     * @param node a number, a {@code Ref} or a {@code FindInMap}
     */
    long number(JsonNode node, Map<String, Long> parameters) {
        if (node.isNumber()) {
            return node.asLong();
        }
        if (node.has("Ref")) {
            var name = node.path("Ref").asText();
            return parameters.getOrDefault(
                    name, parameters().path(name).path("Default").asLong());
        }
        var find = node.path("Fn::FindInMap");
        if (find.size() == 3) {
            var found = root.path("Mappings")
                    .path(find.get(0).asText())
                    .path(Long.toString(number(find.get(1), parameters)))
                    .path(find.get(2).asText());
            if (found.isNumber()) {
                return found.asLong();
            }
        }
        throw new IllegalArgumentException("not a number that this test can read: " + node);
    }

    private static boolean isFunction(JsonNode resource) {
        return resource.path("Type").asText().equals("AWS::Serverless::Function");
    }

    private static JsonNode tree(Node node) {
        JsonNode value = switch (node) {
            case ScalarNode scalar -> scalar(scalar);
            case SequenceNode sequence -> {
                var array = JSON.arrayNode();
                sequence.getValue().forEach(element -> array.add(tree(element)));
                yield array;
            }
            case MappingNode mapping -> {
                var object = JSON.objectNode();
                for (var tuple : mapping.getValue()) {
                    object.set(((ScalarNode) tuple.getKeyNode()).getValue(), tree(tuple.getValueNode()));
                }
                yield object;
            }
            default -> throw new IllegalArgumentException("unexpected YAML: " + node);
        };
        var tag = node.getTag().getValue();
        if (!tag.startsWith("!")) {
            return value;
        }
        var function = tag.substring(1);
        return JSON.objectNode()
                .set(function.equals("Ref") || function.equals("Condition") ? function : "Fn::" + function, value);
    }

    private static JsonNode scalar(ScalarNode scalar) {
        var tag = scalar.getTag();
        if (tag.equals(Tag.INT)) {
            return JSON.numberNode(Long.parseLong(scalar.getValue()));
        }
        if (tag.equals(Tag.BOOL)) {
            return JSON.booleanNode(Boolean.parseBoolean(scalar.getValue()));
        }
        return JSON.textNode(scalar.getValue());
    }
}
