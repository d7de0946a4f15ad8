package dev.rill.chat.quota;

/**
 * The limits of one client for a request. 0 means no limit.
 *
 * @param running responses that are answered at once
 * @param queued responses that wait for a worker
 * @param requestsPerMinute requests that are accepted in one minute of UTC
 * @param tokensPerDay input and output tokens in one day of UTC
 * @param tokensPerMonth input and output tokens in one calendar month of UTC
 * @param outputTokens the output ceiling of a request that names none, while a limit of tokens applies to it
 */
public record Limits(
        long running, long queued, long requestsPerMinute, long tokensPerDay, long tokensPerMonth, long outputTokens) {

    /** The default of {@link #outputTokens}. */
    public static final long DEFAULT_OUTPUT_TOKENS = 16_384;

    /** The running responses of one client, and as many queued ones, at most: an account has to fit into one item. */
    public static final long MAX_PLACES = 999;

    /** No limit but {@link #MAX_PLACES}. */
    public static final Limits NONE = new Limits(0, 0, 0, 0, 0, DEFAULT_OUTPUT_TOKENS);

    /** @throws IllegalArgumentException if a limit is negative, or if {@code outputTokens} is not positive */
    public Limits {
        if (running < 0 || queued < 0 || requestsPerMinute < 0 || tokensPerDay < 0 || tokensPerMonth < 0) {
            throw new IllegalArgumentException("a limit is 0 (no limit) or more");
        }
        if (outputTokens <= 0) {
            throw new IllegalArgumentException("the output ceiling is at least 1 token");
        }
    }

    /** Limits of places alone. */
    public static Limits ofPlaces(long running, long queued) {
        return new Limits(running, queued, 0, 0, 0, DEFAULT_OUTPUT_TOKENS);
    }

    /** Whether a limit of tokens applies. */
    public boolean hasTokenLimit() {
        return tokensPerDay > 0 || tokensPerMonth > 0;
    }

    /** Returns a limit of places for comparisons: at most {@value #MAX_PLACES}. */
    public static long places(long limit) {
        return Math.min(orUnlimited(limit), MAX_PLACES);
    }

    /** Returns a limit for comparisons: the greatest number for none. */
    public static long orUnlimited(long limit) {
        return limit == 0 ? Long.MAX_VALUE : limit;
    }
}
