package dev.rill.chat;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Limit;
import dev.rill.chat.quota.RateLimitHeaders;
import java.time.Instant;
import java.util.Map;

/** What a client is told of a limit that it has reached. */
final class LimitErrors {

    private LimitErrors() {}

    static ApiException of(Admission.Refused refused, Instant now) {
        var headers = RateLimitHeaders.of(refused, now);
        return ApiException.tooManyRequests(code(refused.limit()), message(refused.limit()), headers);
    }

    /** A lane has as many waiting requests as it may have. */
    static ApiException laneFull() {
        return ApiException.of(new ApiError(
                429,
                "too_many_requests",
                "Too many requests wait in this 'stream_id'. Ask again when one of them has been answered.",
                "stream_id",
                Map.of("retry-after", "5")));
    }

    private static String code(Limit limit) {
        return switch (limit) {
            case RUNNING, QUEUED, TOKENS_RESERVED -> "too_many_requests";
            case REQUESTS_PER_MINUTE -> "rate_limit_exceeded";
            case TOKENS_PER_DAY, TOKENS_PER_MONTH -> "budget_exceeded";
        };
    }

    private static String message(Limit limit) {
        return switch (limit) {
            case RUNNING -> "Too many of your requests are being answered. Ask again when some have ended.";
            case QUEUED -> "Too many of your requests are waiting. Ask again when some have been answered.";
            case REQUESTS_PER_MINUTE -> "You have sent too many requests in this minute. Ask again in the next one.";
            case TOKENS_RESERVED ->
                "The tokens that you have left are reserved for your requests that are being answered. Ask again when some have ended, or with a lower max_output_tokens.";
            case TOKENS_PER_DAY ->
                "Your tokens of this day are used up, or too few for this request. GET /v1/usage tells what is left.";
            case TOKENS_PER_MONTH ->
                "Your tokens of this month are used up, or too few for this request. GET /v1/usage tells what is left.";
        };
    }
}
