package dev.rill.aws.function;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A function's environment variables. What is missing or unreadable is an {@link IllegalStateException} whose message
 * names the variable and what it should hold: Lambda shows it as the reason why the function did not start.
 */
public record Environment(Map<String, String> variables) {

    public Environment {
        variables = Map.copyOf(variables);
    }

    /** The environment of this process. */
    public static Environment ofProcess() {
        return new Environment(System.getenv());
    }

    /** The value; empty if the variable is missing or blank. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(variables.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    public String require(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalStateException("the environment variable " + name + " is not set"));
    }

    public URI requireUri(String name) {
        var value = require(name);
        try {
            return URI.create(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("the environment variable " + name + " is no URL: " + value, e);
        }
    }

    public Duration millis(String name, long otherwise) {
        return Duration.ofMillis(whole(name, otherwise));
    }

    public Duration seconds(String name, long otherwise) {
        return Duration.ofSeconds(whole(name, otherwise));
    }

    public Duration hours(String name, long otherwise) {
        return Duration.ofHours(whole(name, otherwise));
    }

    public Duration days(String name, long otherwise) {
        return Duration.ofDays(whole(name, otherwise));
    }

    /** {@code true} or {@code false}, the latter where nothing is set. */
    public boolean isTrue(String name) {
        var value = find(name).orElse("false");
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalStateException(
                        "the environment variable " + name + " is neither true nor false: " + value);
        };
    }

    /** A whole number that is not negative. */
    public long whole(String name, long otherwise) {
        var value = find(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            var number = Long.parseLong(value.get());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Falls through to the one message for everything that is no such number.
        }
        throw new IllegalStateException("the environment variable " + name + " is no whole number: " + value.get());
    }
}
