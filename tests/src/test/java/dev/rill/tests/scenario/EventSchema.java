package dev.rill.tests.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.rill.tests.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The published schema of Open Responses. Safe for use by many threads. */
final class EventSchema {

    static final EventSchema PUBLISHED = new EventSchema();

    private static final String LOCATION = "https://www.openresponses.org/openapi/openapi.json";

    private final SchemaRegistry registry;
    private final Map<String, Schema> events = new HashMap<>();

    private EventSchema() {
        var document = document();
        registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(LOCATION, document)));
        for (var schema : Json.read(document).at("/components/schemas").properties()) {
            var type = schema.getValue().at("/properties/type/enum/0").asText();
            if (schema.getKey().endsWith("StreamingEvent")) {
                events.put(type, named(schema.getKey()));
            }
        }
    }

    /**
     * The faults of an event of a response. An event whose type has the prefix of an extension, such as {@code rill:},
     * has none.
     */
    List<String> faults(JsonNode event) {
        var type = event.path("type").asText();
        if (type.contains(":")) {
            return List.of();
        }
        var schema = events.get(type);
        return schema == null ? List.of("there is no event of type '" + type + "'") : faults(schema, event);
    }

    /** The faults of an {@code error} event. */
    List<String> faultsOfError(JsonNode error) {
        return faults(named("WebSocketErrorEvent"), error);
    }

    /** The faults of a response object. */
    List<String> faultsOfResponse(JsonNode response) {
        return faults(named("ResponseResource"), response);
    }

    private Schema named(String name) {
        return registry.getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/" + name));
    }

    private static List<String> faults(Schema schema, JsonNode value) {
        return schema.validate(value.toString(), InputFormat.JSON).stream()
                .map(fault -> value.path("type").asText() + " " + fault)
                .toList();
    }

    private static String document() {
        try {
            return Files.readString(Repository.root().resolve("local/src/test/resources/openresponses/openapi.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
