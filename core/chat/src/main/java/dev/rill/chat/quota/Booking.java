package dev.rill.chat.quota;

/**
 * The tokens of a response that has ended.
 *
 * @param reported the {@code usage} of its terminal event; zero without one
 * @param estimated what has no {@code usage}: attempts that died, and answers that were stopped
 * @param stops 1 if the answer was ended before the model had ended it, else 0
 */
public record Booking(TokenUsage reported, EstimatedTokens estimated, int stops) {

    /** Of a response for which no model was asked. */
    public static final Booking ZERO = new Booking(TokenUsage.ZERO, EstimatedTokens.ZERO, 0);

    /** Returns all tokens together. */
    public long total() {
        return reported.total() + estimated.total();
    }
}
