package dev.rill.aws;

import java.time.Instant;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Converts values to attributes of DynamoDB, and back. A missing attribute is an {@link IllegalStateException}. */
final class AttributeValues {

    private AttributeValues() {}

    static AttributeValue of(String text) {
        return AttributeValue.fromS(text);
    }

    static AttributeValue of(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    static AttributeValue millis(Instant instant) {
        return of(instant.toEpochMilli());
    }

    /** The instant in seconds, rounded up: TTL attributes are whole seconds. */
    static AttributeValue seconds(Instant instant) {
        return of(instant.getNano() == 0 ? instant.getEpochSecond() : instant.getEpochSecond() + 1);
    }

    static String text(Map<String, AttributeValue> item, String name) {
        return require(item, name).s();
    }

    static long number(Map<String, AttributeValue> item, String name) {
        return Long.parseLong(require(item, name).n());
    }

    /** The number; zero if it is missing, as in items that an earlier version of Rill wrote. */
    static long numberOrZero(Map<String, AttributeValue> item, String name) {
        return item.containsKey(name) ? number(item, name) : 0;
    }

    static Instant ofMillis(Map<String, AttributeValue> item, String name) {
        return Instant.ofEpochMilli(number(item, name));
    }

    static Instant ofSeconds(Map<String, AttributeValue> item, String name) {
        return Instant.ofEpochSecond(number(item, name));
    }

    static AttributeValue require(Map<String, AttributeValue> item, String name) {
        var value = item.get(name);
        if (value == null) {
            throw new IllegalStateException("an item in DynamoDB has no attribute " + name);
        }
        return value;
    }
}
