package dev.rill.local.template;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A SAM template. Reading it parses the YAML; {@link #plan} evaluates the resources that are run. Immutable.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html">SAM
 *     specification</a>
 */
public final class Template {
    private final Node.Mapping content;
    private final Path folder;

    private Template(Node.Mapping content, Path folder) {
        this.content = content;
        this.folder = folder;
    }

    /**
     * Reads a template. The files that it names are not read.
     *
     * @throws TemplateException if the file is missing or not YAML
     */
    public static Template read(Path file) {
        try {
            var absolute = file.toAbsolutePath();
            return parse(Files.readString(absolute), absolute.resolveSibling("").normalize());
        } catch (NoSuchFileException e) {
            throw TemplateException.inTemplate("there is no template " + file);
        } catch (IOException e) {
            throw TemplateException.inTemplate("the template " + file + " is not readable: " + e.getMessage());
        }
    }

    /**
     * Parses a template.
     *
     * @param folder the folder to which {@code CodeUri} is relative
     */
    static Template parse(String yaml, Path folder) {
        return new Template(YamlReader.read(yaml), folder);
    }

    /** Whether the template declares a parameter. */
    public boolean hasParameter(String name) {
        return part("Parameters").entries().containsKey(name);
    }

    /**
     * Evaluates the template.
     *
     * @param parameters values that take precedence over the parameters' defaults
     * @param names the local values of names that AWS assigns
     * @throws TemplateException if the template is invalid, or uses a feature that the local stack does not support
     */
    public StackPlan plan(Map<String, String> parameters, LocalNames names) {
        var resources = resources();
        var references = new LocalReferences(new Parameters(part("Parameters"), parameters), resources, names);
        var evaluator = new Evaluator(part("Conditions"), part("Mappings"), references);
        var existing = resources.values().stream()
                .filter(resource -> resource.exists(evaluator))
                .toList();
        return new Planner(existing, evaluator, references, names, folder).plan();
    }

    private Map<String, Resource> resources() {
        var resources = new LinkedHashMap<String, Resource>();
        part("Resources").entries().forEach((logicalId, node) -> {
            if (!(node instanceof Node.Mapping definition)
                    || !(definition.entries().get("Type") instanceof Node.Text typeName)) {
                throw TemplateException.at(node.path(), "Type is missing");
            }
            resources.put(
                    logicalId,
                    new Resource(
                            logicalId,
                            typeName.value(),
                            Resource.Type.of(typeName.value()),
                            withGlobals(definition, typeName.value())));
        });
        return resources;
    }

    /**
     * Merges as SAM does: mappings are merged, lists are joined with the global part first, and of any other value the
     * resource's own is used.
     */
    private Node.Mapping withGlobals(Node.Mapping definition, String typeName) {
        var prefix = "AWS::Serverless::";
        if (!typeName.startsWith(prefix)
                || !(part("Globals").entries().get(typeName.substring(prefix.length()))
                        instanceof Node.Mapping globals)) {
            return definition;
        }
        var entries = new LinkedHashMap<>(definition.entries());
        var own = entries.getOrDefault("Properties", Node.Mapping.empty(definition.path() + ".Properties"));
        entries.put("Properties", merge(globals, own));
        return new Node.Mapping(definition.path(), entries);
    }

    private static Node merge(Node global, Node own) {
        if (global instanceof Node.Mapping globals && own instanceof Node.Mapping owns) {
            var merged = new LinkedHashMap<>(globals.entries());
            owns.entries().forEach((key, value) -> merged.merge(key, value, Template::merge));
            return new Node.Mapping(owns.path(), merged);
        }
        if (global instanceof Node.Sequence globals && own instanceof Node.Sequence owns) {
            var joined = new ArrayList<>(globals.items());
            joined.addAll(owns.items());
            return new Node.Sequence(owns.path(), joined);
        }
        return own;
    }

    private Node.Mapping part(String name) {
        return switch (content.entries().get(name)) {
            case null -> Node.Mapping.empty(name);
            case Node.Mapping mapping -> mapping;
            case Node.Text text when text.value().isEmpty() -> Node.Mapping.empty(name);
            default -> throw TemplateException.at(name, "expected a mapping");
        };
    }
}
