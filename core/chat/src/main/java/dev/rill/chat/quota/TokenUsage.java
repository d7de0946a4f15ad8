package dev.rill.chat.quota;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tokens that the model's server has reported.
 *
 * @param cached those of the input that were read from a cache
 * @param reasoning those of the output that were reasoning
 */
public record TokenUsage(long input, long output, long cached, long reasoning) {

    /** A usage beyond it is invalid: no model takes or gives so many tokens. */
    private static final long MAX_REPORTED = 1_000_000_000L;

    public static final TokenUsage ZERO = new TokenUsage(0, 0, 0, 0);

    /**
     * Reads a {@code usage} of a model; empty if it is invalid, as with a negative number, or lacks input or output.
     */
    public static Optional<TokenUsage> reported(JsonNode usage) {
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

    /** Returns input and output together. */
    public long total() {
        return input + output;
    }

    public TokenUsage plus(TokenUsage more) {
        return new TokenUsage(
                input + more.input, output + more.output, cached + more.cached, reasoning + more.reasoning);
    }
}
