package dev.rill.aws.function;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A function's environment variables. A variable that is missing or invalid is an {@link IllegalStateException} whose
 * message names the variable and what it should hold; Lambda logs it as the reason why the function did not start.
 */
public record Environment(Map<String, String> variables) {

    public Environment {
        variables = Map.copyOf(variables);
    }

    /** The environment variables of this process. */
    public static Environment ofProcess() {
        return new Environment(System.getenv());
    }

    /** The value without surrounding white space; empty if the variable is missing or blank. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(variables.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    public String require(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalStateException("the environment variable " + name + " is not set"));
    }

    public URI requireUri(String name) {
        return uri(name, require(name));
    }

    /** The variable as a URL; empty if it is missing or blank. */
    public Optional<URI> findUri(String name) {
        return find(name).map(value -> uri(name, value));
    }

    private static URI uri(String name, String value) {
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

    /** Whether the variable is {@code true}; false if it is missing. Other values than true and false are invalid. */
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

    /** The variable as a whole number of at least 0; {@code otherwise} if it is missing. */
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
            // The message below covers negative numbers as well.
        }
        throw new IllegalStateException("the environment variable " + name + " is no whole number: " + value.get());
    }
}
