package dev.rill.aws;

import static dev.rill.aws.Attributes.CACHED;
import static dev.rill.aws.Attributes.ESTIMATED_INPUT;
import static dev.rill.aws.Attributes.ESTIMATED_OUTPUT;
import static dev.rill.aws.Attributes.ID;
import static dev.rill.aws.Attributes.INPUT_TOKENS;
import static dev.rill.aws.Attributes.OUTPUT_TOKENS;
import static dev.rill.aws.Attributes.REASONING;
import static dev.rill.aws.Attributes.STOPS;

import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.TokenUsage;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Converts reserved and used tokens to attributes, and back. A missing number of used tokens is 0. */
final class TokenAttributes {

    private TokenAttributes() {}

    static Map<String, AttributeValue> of(Reservation reservation) {
        var attributes = new HashMap<>(Map.of(
                ID, AttributeValues.of(reservation.id()), INPUT_TOKENS, AttributeValues.of(reservation.inputTokens())));
        reservation.outputTokens().ifPresent(tokens -> attributes.put(OUTPUT_TOKENS, AttributeValues.of(tokens)));
        return attributes;
    }

    static Reservation reservation(Map<String, AttributeValue> attributes) {
        var output = attributes.containsKey(OUTPUT_TOKENS)
                ? OptionalLong.of(AttributeValues.number(attributes, OUTPUT_TOKENS))
                : OptionalLong.empty();
        return new Reservation(
                AttributeValues.text(attributes, ID), AttributeValues.number(attributes, INPUT_TOKENS), output);
    }

    static Map<String, AttributeValue> of(Booking booking) {
        var attributes = new HashMap<>(used(booking.reported(), booking.estimated(), booking.stops()));
        // Every append of an attempt writes its booking, so it is short.
        attributes.values().removeIf(AttributeValues.of(0)::equals);
        return attributes;
    }

    static Booking booking(Map<String, AttributeValue> attributes) {
        return new Booking(reported(attributes), estimated(attributes), Math.toIntExact(stops(attributes)));
    }

    /** The attributes of all bookings of a period. */
    static Map<String, AttributeValue> used(TokenUsage reported, EstimatedTokens estimated, long stops) {
        return Map.of(
                INPUT_TOKENS, AttributeValues.of(reported.input()),
                OUTPUT_TOKENS, AttributeValues.of(reported.output()),
                CACHED, AttributeValues.of(reported.cached()),
                REASONING, AttributeValues.of(reported.reasoning()),
                ESTIMATED_INPUT, AttributeValues.of(estimated.input()),
                ESTIMATED_OUTPUT, AttributeValues.of(estimated.output()),
                STOPS, AttributeValues.of(stops));
    }

    static TokenUsage reported(Map<String, AttributeValue> attributes) {
        return new TokenUsage(
                AttributeValues.numberOrZero(attributes, INPUT_TOKENS),
                AttributeValues.numberOrZero(attributes, OUTPUT_TOKENS),
                AttributeValues.numberOrZero(attributes, CACHED),
                AttributeValues.numberOrZero(attributes, REASONING));
    }

    static EstimatedTokens estimated(Map<String, AttributeValue> attributes) {
        return new EstimatedTokens(
                AttributeValues.numberOrZero(attributes, ESTIMATED_INPUT),
                AttributeValues.numberOrZero(attributes, ESTIMATED_OUTPUT));
    }

    static long stops(Map<String, AttributeValue> attributes) {
        return AttributeValues.numberOrZero(attributes, STOPS);
    }
}
