package dev.rill.chat.history;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializable;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import java.io.IOException;
import java.util.List;

/**
 * A JSON array that is written from the texts of its elements, without a tree. Each text is one element, or several
 * separated by commas.
 */
final class RawArray extends JsonSerializable.Base {

    private final List<String> elements;

    RawArray(List<String> elements) {
        this.elements = List.copyOf(elements);
    }

    @Override
    public void serialize(JsonGenerator generator, SerializerProvider serializers) throws IOException {
        generator.writeStartArray();
        for (var text : elements) {
            generator.writeRawValue(text);
        }
        generator.writeEndArray();
    }

    @Override
    public void serializeWithType(JsonGenerator generator, SerializerProvider serializers, TypeSerializer types)
            throws IOException {
        serialize(generator, serializers);
    }
}
