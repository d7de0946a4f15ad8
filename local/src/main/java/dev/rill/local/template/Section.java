package dev.rill.local.template;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A mapping of the template, such as a resource's {@code Properties}, read by name and type. A property is evaluated
 * when it is read. Methods that start with {@code require} throw a {@link TemplateException} if the property is absent;
 * every method throws it if the property has another type.
 */
record Section(Node.Mapping mapping, Evaluator evaluator) {

    String path() {
        return mapping.path();
    }

    List<String> names() {
        return List.copyOf(mapping.entries().keySet());
    }

    /** The evaluated property; also empty if it evaluates to {@code AWS::NoValue}. */
    Optional<Node> find(String name) {
        var raw = mapping.entries().get(name);
        if (raw == null) {
            return Optional.empty();
        }
        var value = evaluator.evaluate(raw);
        return value instanceof Node.NoValue ? Optional.empty() : Optional.of(value);
    }

    Optional<String> text(String name) {
        return find(name).map(Section::asText);
    }

    String requireText(String name) {
        return text(name).orElseThrow(() -> missing(name));
    }

    OptionalInt integer(String name) {
        var text = text(name);
        return text.isEmpty() ? OptionalInt.empty() : OptionalInt.of(parse(name, text.get()));
    }

    Optional<Duration> seconds(String name) {
        return text(name).map(value -> Duration.ofSeconds(parse(name, value)));
    }

    /** A boolean property; {@code fallback} if it is absent. */
    boolean bool(String name, boolean fallback) {
        return text(name)
                .map(value -> switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw TemplateException.at(child(name), "expected true or false, found " + value);
                })
                .orElse(fallback);
    }

    /** A nested mapping; it may itself be the result of a function such as {@code Fn::If}. */
    Optional<Section> section(String name) {
        var raw = mapping.entries().get(name);
        // A literal mapping is not evaluated as a whole: each property is evaluated when it is read.
        if (raw instanceof Node.Mapping written) {
            return Optional.of(new Section(written, evaluator));
        }
        return find(name).filter(value -> !isEmptyText(value)).map(value -> {
            if (value instanceof Node.Mapping computed) {
                return new Section(computed, evaluator);
            }
            throw TemplateException.at(value.path(), "expected a mapping");
        });
    }

    Section requireSection(String name) {
        return section(name).orElseThrow(() -> missing(name));
    }

    /** The items of a list; no items if it is absent. */
    List<Node> list(String name) {
        return find(name)
                .map(value -> {
                    if (value instanceof Node.Sequence sequence) {
                        return sequence.items();
                    }
                    throw TemplateException.at(value.path(), "expected a list");
                })
                .orElse(List.of());
    }

    /** The mappings of a list; none if it is absent. Literal ones are evaluated as those of {@link #section}. */
    List<Section> sections(String name) {
        var items = mapping.entries().get(name) instanceof Node.Sequence written
                        && written.items().stream().allMatch(Node.Mapping.class::isInstance)
                ? written.items()
                : list(name);
        return items.stream()
                .map(item -> {
                    if (item instanceof Node.Mapping entry) {
                        return new Section(entry, evaluator);
                    }
                    throw TemplateException.at(item.path(), "expected a mapping");
                })
                .toList();
    }

    List<String> texts(String name) {
        return list(name).stream().map(Section::asText).toList();
    }

    /** Every property as text. */
    Map<String, String> allTexts() {
        var texts = new LinkedHashMap<String, String>();
        names().forEach(name -> text(name).ifPresent(value -> texts.put(name, value)));
        return texts;
    }

    /** The path of a property of this section. */
    String child(String name) {
        return path() + "." + name;
    }

    /** @throws TemplateException if one of the properties is present */
    void rejectUnsupported(String... names) {
        for (var name : names) {
            if (find(name).isPresent()) {
                throw TemplateException.at(child(name), "the local stack does not support " + name);
            }
        }
    }

    private TemplateException missing(String name) {
        return TemplateException.at(path(), name + " is missing");
    }

    private int parse(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw TemplateException.at(child(name), "expected a whole number, found '" + value + "'");
        }
    }

    private static String asText(Node value) {
        if (value instanceof Node.Text text) {
            return text.value();
        }
        throw TemplateException.at(value.path(), "expected a text");
    }

    private static boolean isEmptyText(Node value) {
        return value instanceof Node.Text text && text.value().isEmpty();
    }
}
