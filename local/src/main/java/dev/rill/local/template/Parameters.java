package dev.rill.local.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A template's parameters and their values, checked by the template's own rules. */
final class Parameters {
    private final Node.Mapping declared;
    private final Map<String, String> given;

    /**
     * @param declared the template's {@code Parameters}
     * @param given values by name; they take precedence over defaults
     * @throws TemplateException if a value has no parameter, or violates its parameter's rules
     */
    Parameters(Node.Mapping declared, Map<String, String> given) {
        this.declared = declared;
        this.given = new LinkedHashMap<>(given);
        given.forEach((name, value) -> {
            if (!declared.entries().containsKey(name)) {
                throw TemplateException.inTemplate("the template has no parameter " + name + "; it has: "
                        + String.join(", ", declared.entries().keySet()));
            }
            check(name, value);
        });
    }

    /** The value of a parameter; empty if the template does not declare it. */
    Optional<Node> find(String name) {
        if (!(declared.entries().get(name) instanceof Node.Mapping parameter)) {
            return Optional.empty();
        }
        var path = "Parameters." + name;
        var type = detail(parameter, "Type").orElse("String");
        if (type.startsWith("AWS::SSM::") && !given.containsKey(name)) {
            throw TemplateException.at(
                    path, "its value is in Systems Manager; give it with --parameter " + name + "=...");
        }
        var value = Optional.ofNullable(given.get(name))
                .or(() -> detail(parameter, "Default"))
                .orElseThrow(() ->
                        TemplateException.at(path, "it has no default; give it with --parameter " + name + "=..."));
        return Optional.of(
                type.equals("CommaDelimitedList") || type.startsWith("List<")
                        ? list(path, value)
                        : new Node.Text(path, value));
    }

    private static Node list(String path, String value) {
        List<Node> items = new ArrayList<>();
        for (var item : value.split(",", -1)) {
            items.add(new Node.Text(path, item.strip()));
        }
        return new Node.Sequence(path, items);
    }

    private void check(String name, String value) {
        if (!(declared.entries().get(name) instanceof Node.Mapping parameter)) {
            return;
        }
        var path = "Parameters." + name;
        var allowed = parameter.entries().get("AllowedValues");
        if (allowed instanceof Node.Sequence values
                && values.items().stream()
                        .noneMatch(item ->
                                item instanceof Node.Text text && text.value().equals(value))) {
            throw TemplateException.at(path, "the value is not one of AllowedValues");
        }
        detail(parameter, "AllowedPattern")
                .filter(pattern -> !Pattern.matches(pattern, value))
                .ifPresent(_ -> {
                    throw TemplateException.at(
                            path,
                            detail(parameter, "ConstraintDescription")
                                    .orElse("the value does not match AllowedPattern"));
                });
        if (detail(parameter, "Type").orElse("").equals("Number")) {
            double number = number(path, value);
            detail(parameter, "MinValue")
                    .filter(least -> number < number(path, least))
                    .ifPresent(least -> {
                        throw TemplateException.at(path, "the value is below " + least);
                    });
            detail(parameter, "MaxValue")
                    .filter(most -> number > number(path, most))
                    .ifPresent(most -> {
                        throw TemplateException.at(path, "the value is above " + most);
                    });
        }
        detail(parameter, "MinLength")
                .filter(least -> value.length() < number(path, least))
                .ifPresent(least -> {
                    throw TemplateException.at(path, "the value is shorter than " + least + " characters");
                });
        detail(parameter, "MaxLength")
                .filter(most -> value.length() > number(path, most))
                .ifPresent(most -> {
                    throw TemplateException.at(path, "the value is longer than " + most + " characters");
                });
    }

    private static double number(String path, String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw TemplateException.at(path, "expected a number");
        }
    }

    private static Optional<String> detail(Node.Mapping parameter, String name) {
        return parameter.entries().get(name) instanceof Node.Text text ? Optional.of(text.value()) : Optional.empty();
    }
}
