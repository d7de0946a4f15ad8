package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.TokenUsage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Counts the tokens of one attempt while its output streams, for a model's server that ignores the output ceiling or
 * reports no usage. The count is an estimate: four bytes of UTF-8, or 64 repetitions of a character, are one token. It
 * does no I/O. Not safe for use by many threads.
 */
final class TokenMeter {

    /** What one byte of text counts, in 64ths of a token. */
    private static final int BYTE = 16;

    /** What a repeated character counts: tokenizers join runs of spaces and dashes. */
    private static final int REPETITION = 1;

    private static final int TOKEN = 64;

    /** How far the count may exceed the ceiling, by a factor of 1/4 and this number: estimates are inexact. */
    private static final int TOLERANCE = 64;

    /** A usage beyond it is invalid: no model takes or gives so many tokens. */
    private static final long MAX_REPORTED = 1_000_000_000L;

    private final ResponseHeader header;
    private final EstimatedTokens ofDeadAttempts;
    private final OptionalLong ceiling;
    private boolean accepted;
    private long output;
    private char last;

    TokenMeter(ResponseHeader header) {
        this.header = header;
        this.ofDeadAttempts = ofDeadAttempts(header);
        this.ceiling = header.request().terms().reservedOutput();
    }

    /** The model has accepted the request: its input counts. */
    void onAccepted() {
        accepted = true;
    }

    /** The model has sent an event. Only its delta counts. */
    void onEvent(ObjectNode payload) {
        var delta = payload.path("delta");
        if (delta.isTextual()) {
            add(delta.textValue());
        }
    }

    private void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            output += c == last ? REPETITION : BYTE * (c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3);
            last = c;
        }
    }

    /** Returns the estimated output so far. */
    long outputTokens() {
        return (output + TOKEN - 1) / TOKEN;
    }

    /** Whether the model has sent more than its ceiling, beyond the inexactness of the count. */
    boolean isOverBudget() {
        return ceiling.isPresent() && outputTokens() > ceiling.getAsLong() / 4 * 5 + TOLERANCE;
    }

    /** Returns the tokens that the response has used so far, an estimate. */
    Booking booking() {
        return new Booking(TokenUsage.ZERO, used(), 0);
    }

    /**
     * Returns the tokens that the response has used when it ends: what the model reports, and an estimate of what it
     * does not.
     *
     * @param response of the terminal event; invalid numbers in its {@code usage} count as no usage
     */
    Booking booking(ObjectNode response) {
        int stops = StopReason.isOne(ResponseObject.code(response)) ? 1 : 0;
        return reported(response.path("usage"))
                .map(reported -> new Booking(reported, ofDeadAttempts, stops))
                .orElseGet(() -> new Booking(TokenUsage.ZERO, used(), stops));
    }

    private EstimatedTokens used() {
        return accepted
                ? ofDeadAttempts.plus(new EstimatedTokens(inputTokens(header), outputTokens()))
                : ofDeadAttempts;
    }

    /**
     * Estimates what the attempts before this one have used. Each counts the input, since it may have asked the model;
     * the log has counted their output.
     */
    private static EstimatedTokens ofDeadAttempts(ResponseHeader header) {
        return new EstimatedTokens(
                Math.max(0, header.attempt() - 1) * inputTokens(header),
                header.progress().booking().estimated().output());
    }

    private static long inputTokens(ResponseHeader header) {
        return header.reservation().map(Reservation::inputTokens).orElse(0L);
    }

    private static Optional<TokenUsage> reported(JsonNode usage) {
        var input = tokens(usage.path("input_tokens"));
        var output = tokens(usage.path("output_tokens"));
        if (input.isEmpty() || output.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TokenUsage(
                input.getAsLong(),
                output.getAsLong(),
                tokens(usage.path("input_tokens_details").path("cached_tokens")).orElse(0),
                tokens(usage.path("output_tokens_details").path("reasoning_tokens"))
                        .orElse(0)));
    }

    private static OptionalLong tokens(JsonNode value) {
        return value.isIntegralNumber()
                        && value.canConvertToLong()
                        && value.longValue() >= 0
                        && value.longValue() <= MAX_REPORTED
                ? OptionalLong.of(value.longValue())
                : OptionalLong.empty();
    }
}
