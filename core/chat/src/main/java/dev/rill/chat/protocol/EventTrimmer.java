package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shortens one event that exceeds a limit. Values are emptied (a string to {@code ""}, an array to {@code []}, an
 * object to {@code {}}), as few as necessary, and their JSON pointers are listed in {@code rill:omitted}. The first
 * pass considers the fields of the response, of its items and of their parts. The second pass considers whole lists of
 * items. If the event is still too large, or more than {@value #MAX_OMITTED} pointers would be needed, a minimal event
 * is built from the essential fields, and the only pointer is the empty one, which stands for the whole event.
 *
 * <p>The time is linear in the size of the event, and the result never exceeds the limit. Not safe for use by many
 * threads.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6901">RFC 6901, JSON Pointer</a>
 */
final class EventTrimmer {

    private static final String OMITTED = "rill:omitted";

    /** The maximum number of pointers in one event. */
    private static final int MAX_OMITTED = 128;

    /** The size of {@code ,"rill:omitted":[]}, in bytes. */
    private static final int OMITTED_BYTES = OMITTED.length() + 6;

    /** Bytes of an event that a delta's text must leave free for the other fields. */
    private static final int BESIDE_DELTA_BYTES = 8 * 1024;

    /** The largest value, in bytes, that {@link #ESSENTIAL} protects from being emptied. */
    private static final int ESSENTIAL_BYTES = 1024;

    private static final Set<String> ESSENTIAL = Set.of(
            "type",
            "id",
            "object",
            "status",
            "role",
            "name",
            "code",
            "reason",
            "usage",
            "item_id",
            "call_id",
            "model",
            "previous_response_id");

    /** Fields whose objects and lists are descended into: their members are emptied one by one, not as a whole. */
    private static final Set<String> OBJECTS = Set.of("response", "item", "part", "error", "incomplete_details");

    private static final Set<String> LISTS = Set.of("output", "content", "summary");

    private static final List<String> EVENT_FIELDS =
            List.of("item_id", "output_index", "content_index", "summary_index", "annotation_index", "attempt");
    private static final List<String> RESPONSE_FIELDS = List.of(
            "id",
            "object",
            "created_at",
            "completed_at",
            "status",
            "error",
            "incomplete_details",
            "usage",
            "model",
            "previous_response_id",
            "background",
            "store");
    private static final List<String> ITEM_FIELDS = List.of("id", "type", "status", "role", "call_id", "name");

    /** The longest type of a minimal event, in characters; a longer one is cut. No protocol defines one. */
    private static final int MAX_TYPE_CHARS = 512;

    /** The maximum depth that is descended to; responses nest less deeply. */
    private static final int MAX_LEVELS = 8;

    private final ObjectNode event;
    private final int maxBytes;
    private long work;

    /** How deep a pass descends to find values to empty. */
    private enum Grain {
        /** Considers the fields of the response, of its items and of their parts. */
        PARTS,
        /** Considers the fields of the response; a list of items counts as one value. */
        LISTS
    }

    /** A field name or an array index, and the location that contains it. */
    private record Location(@Nullable Location parent, String token, int pointerBytes) {

        String pointer() {
            var tokens = new ArrayList<String>();
            for (var location = this; location != null; location = location.parent) {
                tokens.add(location.token);
            }
            var pointer = new StringBuilder();
            tokens.reversed().forEach(token -> pointer.append('/').append(token));
            return pointer.toString();
        }
    }

    /**
     * A value that may be emptied.
     *
     * @param key its name in an object, or its {@link Integer index} in an array
     * @param saving the bytes by which emptying it shortens the event, less the bytes of its pointer
     */
    private record Branch(JsonNode parent, Object key, JsonNode value, Location location, int saving) {

        void empty() {
            JsonNode empty = switch (value) {
                case ObjectNode object -> object.objectNode();
                case ArrayNode array -> array.arrayNode();
                default -> TextNode.valueOf("");
            };
            switch (parent) {
                case ObjectNode object -> object.set((String) key, empty);
                case ArrayNode array -> array.set((Integer) key, empty);
                default -> throw new IllegalStateException("branches stand in objects and arrays");
            }
        }
    }

    /** @param event modified by {@link #trim} */
    EventTrimmer(ObjectNode event, int maxBytes) {
        this.event = event;
        this.maxBytes = maxBytes;
    }

    /** Returns the shortened event as one line of JSON. May be called once. */
    String trim() {
        event.remove(OMITTED);
        var size = size(event);
        for (var grain : Grain.values()) {
            var omitted = select(grain, size + OMITTED_BYTES - maxBytes);
            if (omitted.isPresent()) {
                return without(omitted.get());
            }
        }
        return trimToMinimum();
    }

    /** Returns the minimal event as one line of JSON. */
    String trimToMinimum() {
        return Json.write(minimal());
    }

    /** Returns the number of nodes, characters and candidates that have been visited; tests bound it. */
    long work() {
        return work;
    }

    private String without(List<Branch> omitted) {
        omitted.forEach(Branch::empty);
        var pointers = event.putArray(OMITTED);
        omitted.forEach(branch -> pointers.add(branch.location.pointer()));
        return Json.write(event);
    }

    // ---- selection ------------------------------------------------------------------------------------------------

    /** Returns the values to empty; empty if emptying all of them saves too little. */
    private Optional<List<Branch>> select(Grain grain, int excess) {
        var candidates = new Candidates();
        collectFields(event, null, grain, 0, candidates);
        var selected = new ArrayList<Branch>();
        var remainingExcess = excess;
        var remaining = candidates.largestFirst();
        while (remainingExcess > 0 && !remaining.isEmpty()) {
            work += remaining.size();
            var needed = remainingExcess;
            // Prefer the smallest value that suffices by itself, which is the last that suffices; otherwise take the
            // largest.
            var sufficient = (int)
                    remaining.stream().filter(branch -> branch.saving >= needed).count();
            var branch = remaining.remove(Math.max(0, sufficient - 1));
            selected.add(sufficient == 0 ? branch : smallestWithin(branch, needed));
            remainingExcess -= branch.saving;
        }
        return remainingExcess > 0 ? Optional.empty() : Optional.of(selected);
    }

    /** Collects the {@value #MAX_OMITTED} values that save most. */
    private static final class Candidates {
        private final PriorityQueue<Branch> largest = new PriorityQueue<>(Comparator.comparingInt(Branch::saving));

        void add(Branch branch) {
            if (branch.saving > 0) {
                largest.add(branch);
                if (largest.size() > MAX_OMITTED) {
                    largest.remove();
                }
            }
        }

        List<Branch> largestFirst() {
            var all = new ArrayList<Branch>();
            while (!largest.isEmpty()) {
                all.add(largest.remove());
            }
            return new ArrayList<>(all.reversed());
        }
    }

    private void collectFields(
            ObjectNode object, @Nullable Location parent, Grain grain, int level, Candidates candidates) {
        for (var field : object.properties()) {
            var name = field.getKey();
            var value = field.getValue();
            work++;
            if (value instanceof ObjectNode inner && OBJECTS.contains(name) && level < MAX_LEVELS) {
                collectFields(inner, location(parent, name), grain, level + 1, candidates);
            } else if (value instanceof ArrayNode list
                    && LISTS.contains(name)
                    && grain == Grain.PARTS
                    && level < MAX_LEVELS) {
                collectElements(list, location(parent, name), level + 1, candidates);
            } else if (mayBeEmptied(value)) {
                var size = size(value);
                if (!isEssential(name, size, parent == null)) {
                    candidates.add(branch(object, name, value, location(parent, name), size));
                }
            }
        }
    }

    private void collectElements(ArrayNode list, Location parent, int level, Candidates candidates) {
        for (int i = 0; i < list.size(); i++) {
            work++;
            switch (list.get(i)) {
                case ObjectNode element ->
                    collectFields(element, location(parent, Integer.toString(i)), Grain.PARTS, level + 1, candidates);
                case JsonNode element
                when mayBeEmptied(element) ->
                    candidates.add(branch(list, i, element, location(parent, Integer.toString(i)), size(element)));
                default -> {}
            }
        }
    }

    private boolean isEssential(String name, int size, boolean isEventField) {
        if (isEventField && name.equals("delta")) {
            return size <= maxBytes - BESIDE_DELTA_BYTES;
        }
        return (isEventField && name.equals("type")) || (ESSENTIAL.contains(name) && size <= ESSENTIAL_BYTES);
    }

    private static boolean mayBeEmptied(JsonNode value) {
        return value.isTextual() || value.isContainerNode();
    }

    private static Branch branch(JsonNode parent, Object key, JsonNode value, Location location, int size) {
        // An emptied value still has 2 bytes of quotes or brackets; its pointer has quotes and a comma, 3 bytes.
        return new Branch(parent, key, value, location, size - 2 - location.pointerBytes - 3);
    }

    private Location location(@Nullable Location parent, String token) {
        var escaped = token.replace("~", "~0").replace("/", "~1");
        return new Location(parent, escaped, (parent == null ? 0 : parent.pointerBytes) + 1 + textBytes(escaped));
    }

    // ---- within a branch ------------------------------------------------------------------------------------------

    /**
     * Returns the first value within a branch that saves enough while none of its own members does; the branch itself
     * if there is none.
     */
    private Branch smallestWithin(Branch branch, int needed) {
        var search = new Search(needed);
        search.visit(branch.parent, branch.key, branch.value, branch.location);
        return search.found == null ? branch : search.found;
    }

    private final class Search {
        private final int needed;
        private @Nullable Branch found;

        Search(int needed) {
            this.needed = needed;
        }

        /** Returns the size of the value, in bytes; meaningless once something has been found. */
        int visit(JsonNode parent, Object key, JsonNode value, Location location) {
            work++;
            int size = switch (value) {
                case ObjectNode object -> visitFields(object, location);
                case ArrayNode array -> visitElements(array, location);
                default -> size(value);
            };
            if (found == null && mayBeEmptied(value)) {
                var branch = branch(parent, key, value, location, size);
                if (branch.saving >= needed) {
                    found = branch;
                }
            }
            return size;
        }

        private int visitFields(ObjectNode object, Location location) {
            int size = 1 + Math.max(1, object.size());
            for (var field : object.properties()) {
                if (found == null) {
                    size += textBytes(field.getKey())
                            + 3
                            + visit(object, field.getKey(), field.getValue(), location(location, field.getKey()));
                }
            }
            return size;
        }

        private int visitElements(ArrayNode array, Location location) {
            int size = 1 + Math.max(1, array.size());
            for (int i = 0; i < array.size() && found == null; i++) {
                size += visit(array, i, array.get(i), location(location, Integer.toString(i)));
            }
            return size;
        }
    }

    // ---- the minimal event -----------------------------------------------------------------------------------------

    /** Builds an event of the essential fields that fit within the limit. */
    private ObjectNode minimal() {
        var minimal = new Minimal();
        minimal.copy(event, minimal.event, EVENT_FIELDS);
        minimal.copyField(event, minimal.event, "delta");
        minimal.copyObject("response", RESPONSE_FIELDS);
        minimal.copyObject("item", ITEM_FIELDS);
        minimal.copyObject("part", List.of("type"));
        minimal.event.putArray(OMITTED).add("");
        return minimal.event;
    }

    private final class Minimal {
        private final ObjectNode event = Json.object();
        private int remainingBytes = maxBytes - OMITTED_BYTES - 4;

        Minimal() {
            var type = EventTrimmer.this.event.path("type").asText();
            copyValue(
                    event,
                    "type",
                    TextNode.valueOf(
                            type.length() > MAX_TYPE_CHARS
                                    ? type.substring(
                                            0,
                                            Character.isHighSurrogate(type.charAt(MAX_TYPE_CHARS - 1))
                                                    ? MAX_TYPE_CHARS - 1
                                                    : MAX_TYPE_CHARS)
                                    : type));
            copyField(EventTrimmer.this.event, event, "sequence_number");
        }

        void copyObject(String name, List<String> fields) {
            if (EventTrimmer.this.event.get(name) instanceof ObjectNode from && remainingBytes > name.length() + 6) {
                remainingBytes -= name.length() + 6;
                copy(from, event.putObject(name), fields);
            }
        }

        /** Copies the fields that are small. Of a large error only the code is copied. */
        void copy(ObjectNode from, ObjectNode to, List<String> fields) {
            for (var field : fields) {
                var value = from.path(field);
                if (size(value) <= ESSENTIAL_BYTES) {
                    copyField(from, to, field);
                } else if (field.equals("error") && size(value.path("code")) <= ESSENTIAL_BYTES) {
                    copyValue(
                            to,
                            field,
                            Json.object()
                                    .put("code", value.path("code").asText())
                                    .put("message", ""));
                }
            }
        }

        void copyField(ObjectNode from, ObjectNode to, String field) {
            var value = from.get(field);
            if (value != null) {
                copyValue(to, field, value);
            }
        }

        private void copyValue(ObjectNode to, String field, JsonNode value) {
            var bytes = textBytes(field) + 4 + size(value);
            if (bytes <= remainingBytes) {
                remainingBytes -= bytes;
                to.set(field, value);
            }
        }
    }

    // ---- sizes ----------------------------------------------------------------------------------------------------

    /** Returns the size of a value as JSON, in bytes. A surrogate without its pair, sent as one byte, counts as two. */
    private int size(JsonNode value) {
        work++;
        return switch (value) {
            case ObjectNode object -> {
                int size = 1 + Math.max(1, object.size());
                for (var field : object.properties()) {
                    size += textBytes(field.getKey()) + 3 + size(field.getValue());
                }
                yield size;
            }
            case ArrayNode array -> {
                int size = 1 + Math.max(1, array.size());
                for (var element : array) {
                    size += size(element);
                }
                yield size;
            }
            case TextNode text -> 2 + textBytes(text.textValue());
            default -> value.asText().length();
        };
    }

    /** Returns the size of a text within a JSON string, in bytes, without the quotes. */
    private int textBytes(String text) {
        work += text.length();
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            bytes += charBytes(text.charAt(i));
        }
        return bytes;
    }

    private static int charBytes(char c) {
        return switch (c) {
            case '"', '\\', '\b', '\t', '\n', '\f', '\r' -> 2;
            default -> {
                if (c < ' ') {
                    yield 6;
                }
                if (c < 0x80) {
                    yield 1;
                }
                // A surrogate pair is one character of four bytes.
                yield c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        };
    }
}
