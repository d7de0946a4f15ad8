package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Makes one valid instance of a JSON Schema, of the keywords that OpenAI's structured outputs know: {@code type},
 * {@code properties}, {@code required}, {@code items}, {@code enum}, {@code const}, {@code anyOf}, {@code $ref} into
 * the same document, and the limits of strings, numbers and arrays. Other keywords are not looked at.
 *
 * <p>Optional properties and the first alternative are taken down to a depth of {@value #FULL_DEPTH}; below it only
 * what ends soonest, so that a recursive schema ends. An instance has at most {@value #MAX_VALUES} values.
 *
 * @see <a href="https://json-schema.org/draft/2020-12">JSON Schema 2020-12</a>
 */
final class SchemaInstance {

    private static final int FULL_DEPTH = 3;
    private static final int MAX_DEPTH = 24;
    private static final int MAX_VALUES = 2000;
    private static final int MAX_ITEMS = 100;
    /** Characters of a schema, and of all strings and constants of its instance. */
    private static final int MAX_CHARACTERS = 120_000;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final JsonNode document;
    private final StringInstance strings;
    private int values;
    private int characters;

    private SchemaInstance(JsonNode document, String words) {
        this.document = document;
        this.strings = new StringInstance(words);
    }

    /**
     * Where in the instance a value is.
     *
     * @param depth number of values around it
     * @param ordinal its index in the innermost array around it, by which items differ
     */
    private record Place(int depth, int ordinal) {

        Place inside() {
            return new Place(depth + 1, ordinal);
        }

        Place item(int index) {
            return new Place(depth + 1, index);
        }

        boolean isFull() {
            return depth < FULL_DEPTH;
        }
    }

    /**
     * One instance. Equal arguments give equal instances.
     *
     * @param words the text of strings that the schema does not determine
     */
    static JsonNode of(JsonNode schema, String words) throws NoInstanceException {
        if (schema.toString().length() > MAX_CHARACTERS) {
            throw new NoInstanceException("the schema has more than " + MAX_CHARACTERS + " characters");
        }
        return new SchemaInstance(schema, words).instance(schema, new Place(0, 0));
    }

    private JsonNode instance(JsonNode given, Place place) throws NoInstanceException {
        if (++values > MAX_VALUES || characters > MAX_CHARACTERS || place.depth() > MAX_DEPTH) {
            throw new NoInstanceException("the schema is nested too deeply or is too large");
        }
        if (given.isBoolean() && !given.booleanValue()) {
            throw new NoInstanceException("the schema false has no instance");
        }
        var schema = merged(given);
        if (schema.has("const")) {
            return counted(schema.get("const"));
        }
        if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
            return counted(
                    schema.get("enum").get(place.ordinal() % schema.get("enum").size()));
        }
        var alternatives = schema.has("anyOf") ? schema.get("anyOf") : schema.path("oneOf");
        return alternatives.isArray() ? alternative(schema, alternatives, place) : typed(schema, place);
    }

    private JsonNode counted(JsonNode value) throws NoInstanceException {
        characters += value.toString().length();
        if (characters > MAX_CHARACTERS) {
            throw new NoInstanceException("the instance has more than " + MAX_CHARACTERS + " characters");
        }
        return value;
    }

    /** The schema with what {@code $ref} and {@code allOf} add to it. */
    private ObjectNode merged(JsonNode given) throws NoInstanceException {
        var schema = JSON.objectNode();
        if (given instanceof ObjectNode object) {
            schema.setAll(object);
        }
        for (int followed = 0; schema.has("$ref"); followed++) {
            if (followed > MAX_DEPTH) {
                throw new NoInstanceException("a $ref refers to itself");
            }
            merge(schema, target(schema.remove("$ref").asText()));
        }
        for (var part : schema.withArray("allOf")) {
            values++;
            merge(schema, part.has("$ref") || part.has("allOf") ? mergedPart(part) : part);
        }
        schema.remove("allOf");
        return schema;
    }

    private JsonNode mergedPart(JsonNode part) throws NoInstanceException {
        if (values > MAX_VALUES) {
            throw new NoInstanceException("the schema is too large");
        }
        return merged(part);
    }

    private JsonNode target(String reference) throws NoInstanceException {
        var path = reference.startsWith("#") ? reference.substring(1) : "?";
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new NoInstanceException("the $ref '" + reference + "' is not in the same document");
        }
        var target = document.at(path);
        if (target.isMissingNode()) {
            throw new NoInstanceException("the $ref '" + reference + "' has no target");
        }
        return target;
    }

    /** Adds the keywords of another schema that must hold as well. */
    private static void merge(ObjectNode schema, JsonNode other) {
        for (var keyword : other.properties()) {
            var name = keyword.getKey();
            if (name.equals("properties")) {
                var properties = JSON.objectNode();
                schema.path(name)
                        .properties()
                        .forEach(property -> properties.set(property.getKey(), property.getValue()));
                keyword.getValue()
                        .properties()
                        .forEach(property -> properties.set(property.getKey(), property.getValue()));
                schema.set(name, properties);
            } else if (name.equals("required")) {
                var required = JSON.arrayNode();
                schema.path(name).forEach(required::add);
                keyword.getValue().forEach(required::add);
                schema.set(name, required);
            } else {
                schema.set(name, keyword.getValue());
            }
        }
    }

    private JsonNode alternative(ObjectNode schema, JsonNode alternatives, Place place) throws NoInstanceException {
        var base = schema.deepCopy();
        base.remove(List.of("anyOf", "oneOf"));
        var reason = new NoInstanceException("an anyOf has no alternative");
        for (var alternative : inOrder(alternatives, place)) {
            try {
                var both = base.deepCopy();
                merge(both, alternative);
                return instance(alternative.isBoolean() ? alternative : both, place.inside());
            } catch (NoInstanceException e) {
                reason = e;
            }
        }
        throw reason;
    }

    /** As given; below the full depth those that can't recurse come first. */
    private static List<JsonNode> inOrder(JsonNode alternatives, Place place) {
        var ordered = new ArrayList<JsonNode>();
        alternatives.forEach(ordered::add);
        if (!place.isFull()) {
            ordered.sort((one, other) -> Boolean.compare(nests(one), nests(other)));
        }
        return ordered;
    }

    private static boolean nests(JsonNode schema) {
        return schema.has("$ref")
                || schema.has("properties")
                || schema.has("items")
                || schema.has("allOf")
                || schema.has("anyOf");
    }

    private JsonNode typed(ObjectNode schema, Place place) throws NoInstanceException {
        return switch (type(schema, place)) {
            case "object" -> object(schema, place);
            case "array" -> array(schema, place);
            case "integer" -> NumberInstance.integer(schema, place.ordinal());
            case "number" -> NumberInstance.number(schema, place.ordinal());
            case "boolean" -> JSON.booleanNode(place.ordinal() % 2 == 0);
            case "null" -> JSON.nullNode();
            case "string" -> counted(JSON.textNode(strings.of(schema, place.ordinal())));
            default -> throw new NoInstanceException("'" + type(schema, place) + "' is no type");
        };
    }

    private static String type(ObjectNode schema, Place place) {
        var type = schema.path("type");
        if (type.isArray()) {
            var types = new ArrayList<String>();
            type.forEach(one -> types.add(one.asText()));
            return !place.isFull() && types.contains("null") ? "null" : types.isEmpty() ? "" : types.getFirst();
        }
        if (type.isTextual()) {
            return type.asText();
        }
        if (schema.has("properties") || schema.has("required")) {
            return "object";
        }
        if (schema.has("items") || schema.has("prefixItems") || schema.has("minItems")) {
            return "array";
        }
        return schema.has("minimum") || schema.has("maximum") || schema.has("multipleOf") ? "number" : "string";
    }

    private ObjectNode object(ObjectNode schema, Place place) throws NoInstanceException {
        var properties = schema.path("properties");
        var required = new LinkedHashSet<String>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        var object = JSON.objectNode();
        for (var property : properties.properties()) {
            if (required.contains(property.getKey())) {
                object.set(property.getKey(), instance(property.getValue(), place.inside()));
            } else if (place.isFull()) {
                addIfPossible(object, property.getKey(), property.getValue(), place);
            }
        }
        for (var name : required) {
            if (!object.has(name)) {
                object.set(name, instance(schema.path("additionalProperties"), place.inside()));
            }
        }
        for (int more = 1; object.size() < schema.path("minProperties").asInt(0); more++) {
            object.set("property_" + more, instance(schema.path("additionalProperties"), place.inside()));
        }
        return object;
    }

    private void addIfPossible(ObjectNode object, String name, JsonNode schema, Place place) {
        try {
            object.set(name, instance(schema, place.inside()));
        } catch (NoInstanceException _) {
            // It is optional.
        }
    }

    private ArrayNode array(ObjectNode schema, Place place) throws NoInstanceException {
        var least = schema.path("minItems").asInt(0);
        if (least > MAX_ITEMS) {
            throw new NoInstanceException("an array of " + least + " items is too large");
        }
        var first = schema.path("prefixItems");
        var wanted = Math.max(least, place.isFull() ? Math.max(1, first.size()) : 0);
        var count = Math.min(wanted, schema.path("maxItems").asInt(MAX_ITEMS));
        var array = JSON.arrayNode();
        for (int i = 0; i < count; i++) {
            var item = i < first.size() ? first.get(i) : schema.path("items");
            if (i >= least && item.isBoolean() && !item.booleanValue()) {
                break;
            }
            array.add(instance(item, place.item(i)));
        }
        var distinct = new HashSet<JsonNode>();
        array.forEach(distinct::add);
        if (schema.path("uniqueItems").asBoolean() && distinct.size() < array.size()) {
            throw new NoInstanceException("no " + count + " different items were found");
        }
        return array;
    }
}
