package dev.rill.chat.quota;

/**
 * Tokens that the model's server has reported.
 *
 * @param cached those of the input that were read from a cache
 * @param reasoning those of the output that were reasoning
 */
public record TokenUsage(long input, long output, long cached, long reasoning) {

    public static final TokenUsage ZERO = new TokenUsage(0, 0, 0, 0);

    /** Returns input and output together. */
    public long total() {
        return input + output;
    }

    public TokenUsage plus(TokenUsage more) {
        return new TokenUsage(
                input + more.input, output + more.output, cached + more.cached, reasoning + more.reasoning);
    }
}
