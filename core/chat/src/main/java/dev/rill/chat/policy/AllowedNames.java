package dev.rill.chat.policy;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The names that clients may choose from. The name {@value #ANY} stands for every name. */
public record AllowedNames(Set<String> names) {

    /** The name that allows every name. */
    public static final String ANY = "*";

    public AllowedNames {
        names = Set.copyOf(names);
    }

    /** Reads names that are separated by commas; white space around them does not count. */
    static AllowedNames parse(String list) {
        return new AllowedNames(Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet()));
    }

    /** Whether a client may choose this name. Case counts. */
    boolean allow(String name) {
        return allowAll() || names.contains(name);
    }

    /** Whether a client may choose every name. */
    boolean allowAll() {
        return names.contains(ANY);
    }
}
