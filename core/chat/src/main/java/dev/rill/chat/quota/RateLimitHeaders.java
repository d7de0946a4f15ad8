package dev.rill.chat.quota;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The headers by which OpenAI's server tells its clients about limits. On a socket they are members of {@code headers}
 * in an error event.
 *
 * @see <a href="https://platform.openai.com/docs/guides/rate-limits">Rate limits: headers</a>
 */
public final class RateLimitHeaders {

    /** The wait for a place, whose end no clock tells. */
    private static final Duration PLACE_WAIT = Duration.ofSeconds(5);

    private RateLimitHeaders() {}

    /** Returns the headers of an admitted request; none without limits. */
    public static Map<String, String> of(Standing standing, Instant now) {
        var headers = new LinkedHashMap<String, String>();
        add(headers, "requests", standing.requests(), now);
        add(headers, "tokens", standing.tokens(), now);
        return headers;
    }

    /**
     * Returns the headers of a refused request, {@code retry-after} in seconds among them. OpenAI's clients send a
     * request again by themselves; {@code x-should-retry: false} stops them where that would wait for hours.
     */
    public static Map<String, String> of(Admission.Refused refused, Instant now) {
        var headers = new LinkedHashMap<>(of(refused.standing(), now));
        var wait = refused.retryAt().map(at -> Duration.between(now, at)).orElse(PLACE_WAIT);
        headers.put("retry-after", String.valueOf(seconds(wait)));
        switch (refused.limit()) {
            case TOKENS_PER_DAY, TOKENS_PER_MONTH -> headers.put("x-should-retry", "false");
            case RUNNING, QUEUED, REQUESTS_PER_MINUTE, TOKENS_RESERVED -> {}
        }
        return headers;
    }

    private static void add(
            Map<String, String> headers, String name, Optional<Standing.Allowance> allowance, Instant now) {
        allowance.ifPresent(it -> {
            headers.put("x-ratelimit-limit-" + name, String.valueOf(it.limit()));
            headers.put("x-ratelimit-remaining-" + name, String.valueOf(it.remaining()));
            headers.put("x-ratelimit-reset-" + name, seconds(Duration.between(now, it.resetsAt())) + "s");
        });
    }

    /** Returns whole seconds, rounded up and at least 1. */
    private static long seconds(Duration duration) {
        return Math.max(1, duration.plusNanos(999_999_999).toSeconds());
    }
}
