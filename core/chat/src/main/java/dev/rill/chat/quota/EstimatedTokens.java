package dev.rill.chat.quota;

/** Tokens that the model's server has not reported, by Rill's own count. */
public record EstimatedTokens(long input, long output) {

    public static final EstimatedTokens ZERO = new EstimatedTokens(0, 0);

    /** Returns input and output together. */
    public long total() {
        return input + output;
    }

    public EstimatedTokens plus(EstimatedTokens more) {
        return new EstimatedTokens(input + more.input, output + more.output);
    }
}
