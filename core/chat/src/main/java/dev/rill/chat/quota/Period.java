package dev.rill.chat.quota;

/**
 * What was booked in a day or a month.
 *
 * @param name such as {@code 2026-11-27} or {@code 2026-11}, in UTC; the later of two is the greater string
 * @param requests responses that have ended
 * @param stops of them, those that were ended before the model had ended them
 */
public record Period(String name, long requests, TokenUsage reported, EstimatedTokens estimated, long stops) {

    static Period empty(String name) {
        return new Period(name, 0, TokenUsage.ZERO, EstimatedTokens.ZERO, 0);
    }

    /** Returns this period, or an empty one if it is over. The clock of another machine may be ahead. */
    Period at(String now) {
        return name.compareTo(now) >= 0 ? this : empty(now);
    }

    Period plus(Booking booking) {
        return new Period(
                name,
                requests + 1,
                reported.plus(booking.reported()),
                estimated.plus(booking.estimated()),
                stops + booking.stops());
    }

    /** Returns all tokens together. */
    public long tokens() {
        return reported.total() + estimated.total();
    }
}
