package dev.rill.chat.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@code error} of a failed response: {@code {"code", "message"}}, and in {@value #DETAILS} what an HTTP error has
 * besides: {@code {"status", "param", "retry_after"}}, each where the model's server has told it.
 */
public final class ResponseErrors {

    private static final String DETAILS = "rill:details";

    /** The wait after a model's 429 that names none. */
    private static final Duration BUSY_WAIT = Duration.ofSeconds(5);

    /** The wait after a model's 429 that no client can end by waiting: its operator must pay. */
    private static final Duration QUOTA_WAIT = Duration.ofHours(1);

    private static final Duration MAX_WAIT = Duration.ofDays(1);

    private ResponseErrors() {}

    /** Returns the error of a response whose model has failed. */
    public static ObjectNode toJson(ModelException failure) {
        var error = Json.object().put("code", failure.code()).put("message", String.valueOf(failure.getMessage()));
        var details = Json.object();
        failure.details().status().ifPresent(status -> details.put("status", status));
        failure.details().param().ifPresent(param -> details.put("param", param));
        failure.retryAfter().ifPresent(wait -> details.put("retry_after", seconds(wait)));
        if (!details.isEmpty()) {
            error.set(DETAILS, details);
        }
        return error;
    }

    /**
     * Returns the HTTP error that stands for a failed response. Details that are no status of an error and no wait of
     * at most a day are ignored: a model may have sent them.
     *
     * @param error of the response
     */
    public static ApiError toHttp(JsonNode error) {
        var code = error.path("code").asText();
        var failure = ModelFailure.ofCode(code);
        var details = error.path(DETAILS);
        int status = details.path("status").asInt(0);
        int sent = status >= 400 && status <= 599
                ? status
                : failure.orElse(ModelFailure.SERVER_ERROR).httpStatus();
        return new ApiError(
                sent,
                code,
                error.path("message").asText(),
                text(details.path("param")),
                headers(sent, failure, details));
    }

    private static Map<String, String> headers(int status, Optional<ModelFailure> failure, JsonNode details) {
        var quota = failure.filter(ModelFailure.OUT_OF_QUOTA::equals).isPresent();
        var headers = new LinkedHashMap<String, String>();
        int told = details.path("retry_after").asInt(0);
        if (told > 0 && told <= MAX_WAIT.toSeconds()) {
            headers.put("retry-after", String.valueOf(told));
        } else if (status == 429) {
            headers.put("retry-after", String.valueOf(seconds(quota ? QUOTA_WAIT : BUSY_WAIT)));
        }
        if (quota) {
            headers.put("x-should-retry", "false");
        }
        return headers;
    }

    private static @Nullable String text(JsonNode node) {
        return node.isTextual() ? node.textValue() : null;
    }

    /** Whole seconds, rounded up and at least 1. */
    private static int seconds(Duration wait) {
        return (int) Math.clamp(wait.plusNanos(999_999_999).toSeconds(), 1, MAX_WAIT.toSeconds());
    }
}
