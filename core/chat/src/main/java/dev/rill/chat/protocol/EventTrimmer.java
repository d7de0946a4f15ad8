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
 * Shortens one event that exceeds a limit. Whole branches of it are emptied (a string to {@code ""}, an array to
 * {@code []}, an object to {@code {}}), as few as will do, and their JSON pointers listed in {@code rill:omitted}.
 * First the fields of the response, its items and their parts are tried; then whole lists of items; and where even that
 * leaves too much, or takes more than {@value #MAX_OMITTED} pointers, what matters is put together anew and the pointer
 * is the empty one, which is the event's own.
 *
 * <p>The time is linear in the size of the event, and the result never exceeds the limit. Not safe for use by many
 * threads.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6901">RFC 6901, JSON Pointer</a>
 */
final class EventTrimmer {

    private static final String OMITTED = "rill:omitted";

    /** The greatest number of pointers in one event. */
    private static final int MAX_OMITTED = 128;

    /** The bytes of {@code ,"rill:omitted":[]}. */
    private static final int OMITTED_BYTES = OMITTED.length() + 6;

    /** Room that a delta's text must leave to everything else in its event. */
    private static final int BESIDE_DELTA_BYTES = 8 * 1024;

    /** Fields of {@link #KEPT} that are larger are like any other. */
    private static final int KEPT_BYTES = 1024;

    private static final Set<String> KEPT = Set.of(
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

    /** Fields whose objects and lists are gone into: what stands in them is emptied, and not they. */
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

    /** A longer type is cut in the minimal event: no protocol has one. */
    private static final int MAX_TYPE_CHARS = 512;

    /** Lists in lists in lists are no response's. */
    private static final int MAX_LEVELS = 8;

    private final ObjectNode event;
    private final int maxBytes;
    private long work;

    /** How far into an event its branches are looked for. */
    private enum Grain {
        /** Fields of the response, of its items and of their parts. */
        PARTS,
        /** Fields of the response, lists of items as a whole. */
        LISTS
    }

    /** A field name or an index, and where it stands. */
    private record Place(@Nullable Place parent, String token, int pointerBytes) {

        String pointer() {
            var tokens = new ArrayList<String>();
            for (var place = this; place != null; place = place.parent) {
                tokens.add(place.token);
            }
            var pointer = new StringBuilder();
            tokens.reversed().forEach(token -> pointer.append('/').append(token));
            return pointer.toString();
        }
    }

    /**
     * What may be emptied.
     *
     * @param key its name in an object, or its {@link Integer index} in an array
     * @param saving the bytes that the event is shorter without it, its pointer included
     */
    private record Branch(JsonNode parent, Object key, JsonNode value, Place place, int saving) {

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

    /** @param event is changed */
    EventTrimmer(ObjectNode event, int maxBytes) {
        this.event = event;
        this.maxBytes = maxBytes;
    }

    /** The shortened event as one line of JSON; once. */
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

    /** What matters of the event and no more, as one line of JSON. */
    String trimToMinimum() {
        return Json.write(minimal());
    }

    /** How many nodes, characters and candidates have been looked at. */
    long work() {
        return work;
    }

    private String without(List<Branch> omitted) {
        omitted.forEach(Branch::empty);
        var pointers = event.putArray(OMITTED);
        omitted.forEach(branch -> pointers.add(branch.place.pointer()));
        return Json.write(event);
    }

    // ---- selection ------------------------------------------------------------------------------------------------

    /** The branches to empty; none if they save too little. */
    private Optional<List<Branch>> select(Grain grain, int excess) {
        var candidates = new Candidates();
        collectFields(event, null, grain, 0, candidates);
        var selected = new ArrayList<Branch>();
        var left = excess;
        var remaining = candidates.largestFirst();
        while (left > 0 && !remaining.isEmpty()) {
            work += remaining.size();
            var needed = left;
            // The smallest that will do by itself is the last of those that will; where none will, the largest goes.
            var enough = (int)
                    remaining.stream().filter(branch -> branch.saving >= needed).count();
            var branch = remaining.remove(Math.max(0, enough - 1));
            selected.add(enough == 0 ? branch : smallestWithin(branch, needed));
            left -= branch.saving;
        }
        return left > 0 ? Optional.empty() : Optional.of(selected);
    }

    /** The {@value #MAX_OMITTED} branches that save most. */
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
            ObjectNode object, @Nullable Place parent, Grain grain, int level, Candidates candidates) {
        for (var field : object.properties()) {
            var name = field.getKey();
            var value = field.getValue();
            work++;
            if (value instanceof ObjectNode inner && OBJECTS.contains(name) && level < MAX_LEVELS) {
                collectFields(inner, place(parent, name), grain, level + 1, candidates);
            } else if (value instanceof ArrayNode list
                    && LISTS.contains(name)
                    && grain == Grain.PARTS
                    && level < MAX_LEVELS) {
                collectElements(list, place(parent, name), level + 1, candidates);
            } else if (mayBeEmptied(value)) {
                var size = size(value);
                if (!isKept(name, size, parent == null)) {
                    candidates.add(branch(object, name, value, place(parent, name), size));
                }
            }
        }
    }

    private void collectElements(ArrayNode list, Place parent, int level, Candidates candidates) {
        for (int i = 0; i < list.size(); i++) {
            work++;
            switch (list.get(i)) {
                case ObjectNode element ->
                    collectFields(element, place(parent, Integer.toString(i)), Grain.PARTS, level + 1, candidates);
                case JsonNode element
                when mayBeEmptied(element) ->
                    candidates.add(branch(list, i, element, place(parent, Integer.toString(i)), size(element)));
                default -> {}
            }
        }
    }

    private boolean isKept(String name, int size, boolean ofTheEvent) {
        if (ofTheEvent && name.equals("delta")) {
            return size <= maxBytes - BESIDE_DELTA_BYTES;
        }
        return (ofTheEvent && name.equals("type")) || (KEPT.contains(name) && size <= KEPT_BYTES);
    }

    private static boolean mayBeEmptied(JsonNode value) {
        return value.isTextual() || value.isContainerNode();
    }

    private static Branch branch(JsonNode parent, Object key, JsonNode value, Place place, int size) {
        // Emptied, it still has its quotes or brackets; its pointer has quotes and a comma.
        return new Branch(parent, key, value, place, size - 2 - place.pointerBytes - 3);
    }

    private Place place(@Nullable Place parent, String token) {
        var escaped = token.replace("~", "~0").replace("/", "~1");
        return new Place(parent, escaped, (parent == null ? 0 : parent.pointerBytes) + 1 + textBytes(escaped));
    }

    // ---- within a branch ------------------------------------------------------------------------------------------

    /** The first part of a branch that saves enough and has no such part itself; at most the branch. */
    private Branch smallestWithin(Branch branch, int needed) {
        var search = new Search(needed);
        search.visit(branch.parent, branch.key, branch.value, branch.place);
        return search.found == null ? branch : search.found;
    }

    private final class Search {
        private final int needed;
        private @Nullable Branch found;

        Search(int needed) {
            this.needed = needed;
        }

        /** Returns the size of the value, if nothing has been found in it. */
        int visit(JsonNode parent, Object key, JsonNode value, Place place) {
            work++;
            int size = switch (value) {
                case ObjectNode object -> visitFields(object, place);
                case ArrayNode array -> visitElements(array, place);
                default -> size(value);
            };
            if (found == null && mayBeEmptied(value)) {
                var branch = branch(parent, key, value, place, size);
                if (branch.saving >= needed) {
                    found = branch;
                }
            }
            return size;
        }

        private int visitFields(ObjectNode object, Place place) {
            int size = 1 + Math.max(1, object.size());
            for (var field : object.properties()) {
                if (found == null) {
                    size += textBytes(field.getKey())
                            + 3
                            + visit(object, field.getKey(), field.getValue(), place(place, field.getKey()));
                }
            }
            return size;
        }

        private int visitElements(ArrayNode array, Place place) {
            int size = 1 + Math.max(1, array.size());
            for (int i = 0; i < array.size() && found == null; i++) {
                size += visit(array, i, array.get(i), place(place, Integer.toString(i)));
            }
            return size;
        }
    }

    // ---- the last resort ------------------------------------------------------------------------------------------

    /** What matters of the event, put together anew within the limit. */
    private ObjectNode minimal() {
        var minimal = new Minimal();
        minimal.copy(event, minimal.event, EVENT_FIELDS);
        minimal.copyWhole(event, minimal.event, "delta");
        minimal.copyObject("response", RESPONSE_FIELDS);
        minimal.copyObject("item", ITEM_FIELDS);
        minimal.copyObject("part", List.of("type"));
        minimal.event.putArray(OMITTED).add("");
        return minimal.event;
    }

    private final class Minimal {
        private final ObjectNode event = Json.object();
        private int left = maxBytes - OMITTED_BYTES - 4;

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
            copyWhole(EventTrimmer.this.event, event, "sequence_number");
        }

        void copyObject(String name, List<String> fields) {
            if (EventTrimmer.this.event.get(name) instanceof ObjectNode from && left > name.length() + 6) {
                left -= name.length() + 6;
                copy(from, event.putObject(name), fields);
            }
        }

        /** Copies fields that are small; of an error that is large, its code. */
        void copy(ObjectNode from, ObjectNode to, List<String> fields) {
            for (var field : fields) {
                var value = from.path(field);
                if (size(value) <= KEPT_BYTES) {
                    copyWhole(from, to, field);
                } else if (field.equals("error") && size(value.path("code")) <= KEPT_BYTES) {
                    copyValue(
                            to,
                            field,
                            Json.object()
                                    .put("code", value.path("code").asText())
                                    .put("message", ""));
                }
            }
        }

        void copyWhole(ObjectNode from, ObjectNode to, String field) {
            var value = from.get(field);
            if (value != null) {
                copyValue(to, field, value);
            }
        }

        private void copyValue(ObjectNode to, String field, JsonNode value) {
            var bytes = textBytes(field) + 4 + size(value);
            if (bytes <= left) {
                left -= bytes;
                to.set(field, value);
            }
        }
    }

    // ---- sizes ----------------------------------------------------------------------------------------------------

    /** The bytes of a value as JSON. Half a surrogate pair, sent as one byte, counts two. */
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

    /** The bytes of a text within a JSON string, without the quotes. */
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
                // Two surrogates are one character of four bytes.
                yield c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        };
    }
}
