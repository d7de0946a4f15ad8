package dev.rill.local.template;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A piece of a template, with the path that leads to it. Numbers and booleans stay the text that they were written as.
 */
sealed interface Node {

    /** The keys and indexes from the template's top to here, joined by dots. */
    String path();

    /** Any scalar; the empty text where the template has nothing or null. */
    record Text(String path, String value) implements Node {}

    record Sequence(String path, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** Entries keep the template's order. */
    record Mapping(String path, Map<String, Node> entries) implements Node {
        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        static Mapping empty(String path) {
            return new Mapping(path, Map.of());
        }
    }

    /** An intrinsic function by its long name ({@code Ref}, {@code Condition}, {@code Fn::Sub}), not evaluated yet. */
    record Call(String path, String function, Node argument) implements Node {}

    /** {@code AWS::NoValue}: the property is as if it had not been written. Only evaluation makes it. */
    record Nothing(String path) implements Node {}
}
