package dev.rill.local.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Parses CloudFormation's YAML: intrinsic functions in their short form ({@code !Sub}) and their long form
 * ({@code Fn::Sub:}) become the same {@link Node.Call}.
 */
final class YamlReader {

    private YamlReader() {}

    /**
     * Parses a template.
     *
     * @throws TemplateException if the text is not YAML, or not a mapping
     */
    static Node.Mapping read(String yaml) {
        var settings = LoadSettings.builder().setLabel("template").build();
        org.snakeyaml.engine.v2.nodes.Node root;
        try {
            root = new Compose(settings)
                    .composeString(yaml)
                    .orElseThrow(() -> TemplateException.inTemplate("the template is empty"));
        } catch (MarkedYamlEngineException e) {
            var where = e.getProblemMark()
                    .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                    .orElse("");
            throw TemplateException.inTemplate("not YAML: " + where + e.getProblem());
        } catch (YamlEngineException e) {
            throw TemplateException.inTemplate("not YAML: " + e.getMessage());
        }
        if (convert(root, "") instanceof Node.Mapping mapping) {
            return mapping;
        }
        throw TemplateException.inTemplate("the template is not a mapping");
    }

    private static Node convert(org.snakeyaml.engine.v2.nodes.Node yaml, String path) {
        Node content = switch (yaml) {
            case ScalarNode scalar -> new Node.Text(path, Tag.NULL.equals(scalar.getTag()) ? "" : scalar.getValue());
            case SequenceNode sequence -> sequence(sequence, path);
            case MappingNode mapping -> mapping(mapping, path);
            default -> throw TemplateException.at(path, "unexpected YAML: " + yaml.getNodeType());
        };
        var tag = yaml.getTag().getValue();
        return tag.startsWith("!") && tag.length() > 1 ? call(longName(tag), content) : content;
    }

    private static String longName(String tag) {
        var name = tag.substring(1);
        return name.equals("Ref") || name.equals("Condition") ? name : "Fn::" + name;
    }

    private static Node sequence(SequenceNode sequence, String path) {
        List<Node> items = new ArrayList<>();
        for (var item : sequence.getValue()) {
            items.add(convert(item, child(path, String.valueOf(items.size()))));
        }
        return new Node.Sequence(path, items);
    }

    private static Node mapping(MappingNode mapping, String path) {
        var entries = new LinkedHashMap<String, Node>();
        for (var entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw TemplateException.at(path, "a key is not a text");
            }
            var childPath = child(path, key.getValue());
            if (entries.put(key.getValue(), convert(entry.getValueNode(), childPath)) != null) {
                throw TemplateException.at(childPath, "the key is duplicated");
            }
        }
        if (entries.size() == 1) {
            var only = entries.firstEntry();
            if (only.getKey().equals("Ref") || only.getKey().startsWith("Fn::")) {
                return call(only.getKey(), only.getValue());
            }
        }
        return new Node.Mapping(path, entries);
    }

    private static Node call(String function, Node argument) {
        return new Node.Call(argument.path(), function, argument);
    }

    private static String child(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
