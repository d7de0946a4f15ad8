package dev.rill.local.template;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A node of a template, with its path. Numbers and booleans are kept as text. */
sealed interface Node {

    /** The keys and indexes from the root to this node, joined by dots. */
    String path();

    /** A scalar; the empty text for null and for a missing value. */
    record Text(String path, String value) implements Node {}

    record Sequence(String path, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** A mapping; its entries are in the template's order. */
    record Mapping(String path, Map<String, Node> entries) implements Node {
        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        static Mapping empty(String path) {
            return new Mapping(path, Map.of());
        }
    }

    /** An intrinsic function by its long name ({@code Ref}, {@code Condition}, {@code Fn::Sub}), not evaluated. */
    record Call(String path, String function, Node argument) implements Node {}

    /** {@code AWS::NoValue}: the property counts as absent. Only evaluation creates it. */
    record NoValue(String path) implements Node {}
}
