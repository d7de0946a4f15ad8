package dev.rill.streaming;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON value that {@link JsonReader} has read. Numbers keep their spelling. */
sealed interface Json {

    record Text(String value) implements Json {}

    record Numeral(String literal) implements Json {}

    enum Literal implements Json {
        TRUE,
        FALSE,
        NULL
    }

    record Array(List<Json> elements) implements Json {}

    record Members(Map<String, Json> members) implements Json {

        /** The member; null if it is absent or JSON's null. */
        @Nullable
        Json find(String name) {
            var value = members.get(name);
            return value == Literal.NULL ? null : value;
        }
    }
}
