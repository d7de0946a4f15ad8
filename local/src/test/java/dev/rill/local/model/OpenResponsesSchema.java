package dev.rill.local.model;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/** The published schema of Open Responses. */
final class OpenResponsesSchema {

    private static final String LOCATION = "https://www.openresponses.org/openapi/openapi.json";

    private final SchemaRegistry registry;
    private final Map<String, Schema> events = new HashMap<>();

    OpenResponsesSchema() {
        var document = read();
        registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(LOCATION, document)));
        var schemas = new JsonMapper().readTree(document).path("components").path("schemas");
        for (var schema : schemas.properties()) {
            var type = schema.getValue()
                    .path("properties")
                    .path("type")
                    .path("enum")
                    .path(0);
            if (schema.getKey().endsWith("StreamingEvent") && type.isString()) {
                events.put(type.asString(), named(schema.getKey()));
            }
        }
    }

    /** The schema errors of an event; empty if it is valid and of a known type. */
    List<String> errorsOfEvent(String type, String json) {
        var schema = events.get(type);
        return schema == null ? List.of("unknown type " + type) : faults(schema, json);
    }

    /** The schema errors of a response. */
    List<String> errorsOfResponse(String json) {
        return faults(named("ResponseResource"), json);
    }

    private Schema named(String name) {
        return registry.getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/" + name));
    }

    private static List<String> faults(Schema schema, String json) {
        return schema.validate(json, InputFormat.JSON).stream()
                .map(Object::toString)
                .toList();
    }

    private static String read() {
        try (var in = OpenResponsesSchema.class.getResourceAsStream("/openresponses/openapi.json")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
