package dev.rill.tests.conformance;

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
import java.util.Optional;

/** The published schema of Open Responses. Safe for use by many threads. */
final class OpenResponsesSchema {

    static final OpenResponsesSchema PUBLISHED = new OpenResponsesSchema();

    private static final String LOCATION = "https://www.openresponses.org/openapi/openapi.json";

    /** The suffix of the names of the schemas of events. */
    private static final String EVENT = "StreamingEvent";

    private final SchemaRegistry registry;

    /** By the event's type. */
    private final Map<String, String> events = new HashMap<>();

    private OpenResponsesSchema() {
        var document = document();
        registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(LOCATION, document)));
        for (var schema : Values.read(document).at("/components/schemas").properties()) {
            if (schema.getKey().endsWith(EVENT)) {
                events.put(schema.getValue().at("/properties/type/enum/0").asText(), schema.getKey());
            }
        }
    }

    /** The name of the schema of events of this type. */
    Optional<String> ofEvents(String type) {
        return Optional.ofNullable(events.get(type));
    }

    /**
     * The faults of a value, each with the place of the value that it is about.
     *
     * @param name of a schema below {@code components/schemas}
     */
    List<String> faults(String name, JsonNode value) {
        return named(name).validate(value.toString(), InputFormat.JSON).stream()
                .map(fault -> fault.getInstanceLocation() + ": " + fault.getMessage())
                .toList();
    }

    private Schema named(String name) {
        return registry.getSchema(SchemaLocation.of(LOCATION + "#/components/schemas/" + name));
    }

    private static String document() {
        try {
            return Files.readString(Repository.root().resolve("local/src/test/resources/openresponses/openapi.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
