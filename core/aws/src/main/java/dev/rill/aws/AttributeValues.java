package dev.rill.aws;

import java.time.Instant;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Attribute values of DynamoDB, there and back. */
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

    /** The whole second at or after the instant, as TTL attributes need it. */
    static AttributeValue seconds(Instant instant) {
        return of(instant.getNano() == 0 ? instant.getEpochSecond() : instant.getEpochSecond() + 1);
    }

    static String text(Map<String, AttributeValue> item, String name) {
        return require(item, name).s();
    }

    static long number(Map<String, AttributeValue> item, String name) {
        return Long.parseLong(require(item, name).n());
    }

    /** The number, or zero where an item of an earlier build has none. */
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
            throw new IllegalStateException("an item of the table has no " + name);
        }
        return value;
    }
}
