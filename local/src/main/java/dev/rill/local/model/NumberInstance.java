package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.stream.DoubleStream;

/** Makes numbers for the limits of a JSON Schema. Limits are read as doubles, so that huge exponents cost nothing. */
final class NumberInstance {

    private static final double LARGEST_LONG = 1e15;
    private static final double TOLERANCE = 1e-9;

    /** Removes what a multiple of a decimal fraction has too much as a double. */
    private static final MathContext DIGITS = new MathContext(12);

    private final JsonNode schema;
    private final double step;

    private NumberInstance(JsonNode schema, double defaultStep) {
        this.schema = schema;
        this.step = Math.abs(schema.path("multipleOf").asDouble(defaultStep));
    }

    /**
     * An integer.
     *
     * @param ordinal different ordinals give different numbers, as far as the limits leave room
     */
    static JsonNode integer(JsonNode schema, int ordinal) throws NoInstanceException {
        var numbers = new NumberInstance(schema, 1);
        return numbers.first(numbers.candidates(ordinal).map(Math::rint));
    }

    static JsonNode number(JsonNode schema, int ordinal) throws NoInstanceException {
        var numbers = new NumberInstance(schema, 1);
        return numbers.first(numbers.candidates(ordinal));
    }

    private JsonNode first(DoubleStream candidates) throws NoInstanceException {
        var found = candidates.filter(this::fits).findFirst();
        if (found.isEmpty()) {
            throw new NoInstanceException("no number was found within the limits");
        }
        var value = found.getAsDouble();
        return value == Math.rint(value) && Math.abs(value) < LARGEST_LONG
                ? JsonNodeFactory.instance.numberNode((long) value)
                : JsonNodeFactory.instance.numberNode(new BigDecimal(value, DIGITS).stripTrailingZeros());
    }

    private DoubleStream candidates(int ordinal) {
        var low = Math.max(limit("minimum", -1), limit("exclusiveMinimum", -1));
        var high = Math.min(limit("maximum", 1), limit("exclusiveMaximum", 1));
        var fromLow = Math.ceil(low / step) * step;
        var fromHigh = Math.floor(high / step) * step;
        var away = ordinal * step;
        return DoubleStream.of(
                        step + away,
                        fromLow + away,
                        fromLow + step + away,
                        fromHigh - away,
                        fromHigh - step - away,
                        (low + high) / 2,
                        low,
                        high,
                        0)
                .filter(Double::isFinite);
    }

    private double limit(String keyword, int sign) {
        return schema.path(keyword).isNumber() ? schema.get(keyword).asDouble() : sign * Double.POSITIVE_INFINITY;
    }

    private boolean fits(double value) {
        var quotient = value / step;
        return value >= limit("minimum", -1)
                && value > limit("exclusiveMinimum", -1)
                && value <= limit("maximum", 1)
                && value < limit("exclusiveMaximum", 1)
                && (!schema.has("multipleOf") || Math.abs(quotient - Math.rint(quotient)) < TOLERANCE);
    }
}
