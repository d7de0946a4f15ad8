package dev.rill.chat.log;

import dev.rill.chat.quota.Reservation;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * The operator's terms for a request.
 *
 * @param outputTokenLimit the {@code max_output_tokens} of the operator for a body that has none; empty if the body has
 *     one, or if the operator sets none
 * @param maxRunning the client's running responses, at most; 0 for no limit
 * @param reservation the tokens that are held for the response; empty if no model is asked, and for responses of an
 *     earlier build
 */
public record Terms(OptionalInt outputTokenLimit, long maxRunning, Optional<Reservation> reservation) {

    /** No limit and no reservation. */
    public static final Terms NONE = new Terms(OptionalInt.empty(), 0, Optional.empty());

    /** Returns a copy with a reservation. */
    public Terms with(Reservation newReservation) {
        return new Terms(outputTokenLimit, maxRunning, Optional.of(newReservation));
    }

    /** Returns the output ceiling of the reservation; empty if no limit of tokens applies. */
    public OptionalLong reservedOutput() {
        return reservation.map(Reservation::outputTokens).orElse(OptionalLong.empty());
    }

    /**
     * Returns the {@code max_output_tokens} that the model is given: the least of the client's, the operator's and the
     * reserved ones.
     *
     * @param asked the client's; empty if it names none
     */
    public OptionalLong outputCeiling(OptionalLong asked) {
        var operators =
                outputTokenLimit.isPresent() ? OptionalLong.of(outputTokenLimit.getAsInt()) : OptionalLong.empty();
        return LongStream.concat(LongStream.concat(asked.stream(), operators.stream()), reservedOutput().stream())
                .min();
    }

    /** Whether the reservation gives the model less output than the client and the operator do. */
    public boolean isCutByReservation(OptionalLong asked) {
        var without = new Terms(outputTokenLimit, maxRunning, Optional.empty()).outputCeiling(asked);
        return reservedOutput().isPresent() && reservedOutput().getAsLong() < without.orElse(Long.MAX_VALUE);
    }
}
