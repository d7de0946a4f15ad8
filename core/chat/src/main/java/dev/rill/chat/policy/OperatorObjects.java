package dev.rill.chat.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiException;
import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses names of objects that the operator has at the model's server: files, vector stores, containers, skills and
 * prompts. Looks at each value of the request at most once, without recursion.
 */
final class OperatorObjects {

    /** Items in which a hosted tool named files in an earlier turn. They are text now. */
    private static final Set<String> REPLAYED = Set.of("file_search_call", "code_interpreter_call");

    /** Annotations and arguments are text of earlier turns, and tools are looked at apart. */
    private static final Search IN_ITEMS =
            new Search(Set.of("file_id", "file_ids"), Set.of("annotations", "arguments", "tools"));

    /** A schema may have a property with the name of an object. */
    private static final Search IN_TOOLS = new Search(
            Set.of("file_id", "file_ids", "vector_store_ids", "container", "container_id", "skill_id"),
            Set.of("parameters", "input_schema", "output_schema"));

    /**
     * What to look for.
     *
     * @param names the fields that name objects
     * @param skipped the fields whose values are not looked at
     */
    private record Search(Set<String> names, Set<String> skipped) {

        /** A {@code container} that is an object asks for a new container. */
        boolean finds(String name, JsonNode value) {
            return names.contains(name)
                    && !value.isNull()
                    && !(value.isContainerNode() && value.isEmpty())
                    && !(value.isObject() && name.equals("container"));
        }

        boolean entersInto(String name, JsonNode value) {
            return value.isContainerNode() && !skipped.contains(name);
        }
    }

    private OperatorObjects() {}

    /** @throws ApiException that names an object */
    static void refuse(ObjectNode body) throws ApiException {
        if (body.hasNonNull("prompt")) {
            throw Refusals.object("prompt", "prompt");
        }
        refuseInTools(body.path("tools"), Place.root("tools"));
        var input = body.path("input");
        for (int i = 0; i < input.size(); i++) {
            var item = input.path(i);
            var place = Place.root("input").element(i);
            if (!REPLAYED.contains(item.path("type").asText())) {
                refuseIn(item, place, IN_ITEMS);
            }
            refuseInTools(item.path("tools"), place.member("tools"));
        }
    }

    private static void refuseInTools(JsonNode tools, Place place) throws ApiException {
        for (int i = 0; i < tools.size(); i++) {
            refuseIn(tools.path(i), place.element(i), IN_TOOLS);
        }
    }

    private record Visit(JsonNode value, Place place) {}

    private static void refuseIn(JsonNode root, Place place, Search search) throws ApiException {
        var visits = new ArrayDeque<Visit>();
        visits.add(new Visit(root, place));
        while (!visits.isEmpty()) {
            var visit = visits.remove();
            for (var member : visit.value().properties()) {
                var name = member.getKey();
                if (search.finds(name, member.getValue())) {
                    throw Refusals.object(name, visit.place().member(name).path());
                }
                if (search.entersInto(name, member.getValue())) {
                    visits.add(new Visit(member.getValue(), visit.place().member(name)));
                }
            }
            for (int i = 0; visit.value().isArray() && i < visit.value().size(); i++) {
                if (visit.value().path(i).isContainerNode()) {
                    visits.add(new Visit(visit.value().path(i), visit.place().element(i)));
                }
            }
        }
    }

    /** Where a value is in the request. Its text is made only for an error. */
    private record Place(@Nullable Place parent, String step) {

        static Place root(String name) {
            return new Place(null, name);
        }

        Place member(String name) {
            return new Place(this, "." + Refusals.quoted(name));
        }

        Place element(int index) {
            return new Place(this, "[" + index + "]");
        }

        String path() {
            var path = new StringBuilder();
            for (var place = this; place != null; place = place.parent) {
                path.insert(0, place.step);
            }
            return path.toString();
        }
    }
}
