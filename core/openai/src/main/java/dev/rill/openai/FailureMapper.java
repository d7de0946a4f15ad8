package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.http.Headers;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.ModelErrorDetails;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Maps failures of the server and the connection to {@link ModelException}s that a client can act on, with messages
 * that are safe to show.
 */
final class FailureMapper {

    private final InstantSource clock;
    private final Redaction redaction;
    private final ModelApi api;

    FailureMapper(InstantSource clock, Redaction redaction, ModelApi api) {
        this.clock = clock;
        this.redaction = redaction;
        this.api = api;
    }

    /** The server answered with a status other than 2xx. */
    ModelException refused(HttpStatusException refusal) {
        var report = reportOf(refusal);
        var failure = refusal.status() == 404 && isUnknownPath(report)
                ? noSuchApi(report, refusal)
                : failed(ofStatus(refusal.status(), report), report, OptionalInt.of(refusal.status()), refusal);
        return withWait(failure, retryAfter(refusal.headers()));
    }

    /** The server answered with a status other than 2xx, where it may not have the endpoint. */
    ModelException refusedAt(Endpoint endpoint, HttpStatusException refusal) {
        var missing = switch (refusal.status()) {
            case 405, 501 -> true;
            case 404 -> isUnknownPath(reportOf(refusal));
            default -> false;
        };
        return missing ? ModelException.notSupported(endpoint) : refused(refusal);
    }

    private static ErrorReport reportOf(HttpStatusException refusal) {
        var contentType =
                refusal.headers().values("content-type").stream().findFirst().orElse("");
        return ErrorReport.ofBody(refusal.body(), contentType.toLowerCase(Locale.ROOT), refusal.status());
    }

    /** The server reported an error as an event, or as a body with status 200. */
    ModelException reported(JsonNode event) {
        var report = ErrorReport.of(event);
        var failure = report.status()
                .map(status -> ofStatus(status, report))
                .or(report::failure)
                .orElse(ModelFailure.SERVER_ERROR);
        var headers = (event.path("error").isObject() ? event.path("error") : event).path("headers");
        var wait =
                RetryAfter.find(name -> Optional.ofNullable(headers.path(name).asText(null)), clock);
        var status = report.status().map(OptionalInt::of).orElseGet(OptionalInt::empty);
        return withWait(failed(failure, report, status, null), wait);
    }

    /** Makes the message of a failed response that the server sends as an event safe to show. */
    void redact(ObjectNode failedEvent) {
        if (failedEvent.at("/response/error") instanceof ObjectNode error
                && error.path("message").isTextual()) {
            error.put("message", redaction.apply(error.path("message").textValue()));
        }
    }

    /** Reading the response failed. */
    ModelException broken(IOException e) {
        return switch (e) {
            case SocketTimeoutException _ -> of(ModelFailure.STALLED, e);
            case EventTooLongException _ -> of(ModelFailure.INVALID_OUTPUT, e);
            default -> of(ModelFailure.DISCONNECTED, e);
        };
    }

    /** A failure with Rill's own message. */
    static ModelException of(ModelFailure failure, @Nullable Throwable cause) {
        return cause == null
                ? ModelException.of(failure, messageFor(failure))
                : ModelException.of(failure, messageFor(failure), cause);
    }

    private ModelException failed(
            ModelFailure failure, ErrorReport report, OptionalInt status, @Nullable Throwable cause) {
        var said = withServerMessage(failure, report, cause);
        return switch (failure) {
            // The client's own request is refused, so that the client can act upon what the server says of it.
            case REJECTED, NOT_FOUND -> said.with(details(failure, report, status));
            case UNAUTHORIZED,
                    RATE_LIMITED,
                    OUT_OF_QUOTA,
                    SERVER_ERROR,
                    UNREACHABLE,
                    STALLED,
                    DISCONNECTED,
                    INVALID_OUTPUT,
                    NOT_SUPPORTED,
                    HISTORY_GONE,
                    HISTORY_TOO_LONG -> said;
        };
    }

    private ModelErrorDetails details(ModelFailure failure, ErrorReport report, OptionalInt status) {
        var code = failure == ModelFailure.REJECTED ? report.ownCode() : Optional.<String>empty();
        return new ModelErrorDetails(
                status,
                code.filter(this::isSafe),
                Optional.of(report.param()).filter(param -> !param.isEmpty() && isSafe(param)));
    }

    private boolean isSafe(String word) {
        return redaction.apply(word).equals(word);
    }

    /** Whether a 404 says neither that the model is unknown nor what else is. */
    private static boolean isUnknownPath(ErrorReport report) {
        return !report.saysThatTheModelIsUnknown()
                && report.ownCode().isEmpty()
                && report.param().isEmpty();
    }

    private ModelException noSuchApi(ErrorReport report, Throwable cause) {
        var reason = report.hasMessage() ? ": " + redaction.apply(report.message()) : ".";
        return ModelException.of(
                ModelFailure.INVALID_OUTPUT, "The model's server does not speak " + api.title() + reason, cause);
    }

    private ModelException withServerMessage(ModelFailure failure, ErrorReport report, @Nullable Throwable cause) {
        // A server's message about its key is for the operator and must not be shown to a client.
        if (failure == ModelFailure.UNAUTHORIZED || !report.hasMessage()) {
            return of(failure, cause);
        }
        var safe = redaction.apply(report.message());
        return cause == null ? ModelException.of(failure, safe) : ModelException.of(failure, safe, cause);
    }

    private static ModelFailure ofStatus(int status, ErrorReport report) {
        return switch (status) {
            case 400, 422 ->
                report.failure().filter(ModelFailure.NOT_FOUND::equals).orElse(ModelFailure.REJECTED);
            case 404 -> report.saysThatTheModelIsUnknown() ? ModelFailure.NOT_FOUND : ModelFailure.REJECTED;
            case 402 -> ModelFailure.OUT_OF_QUOTA;
            case 429 ->
                report.failure().filter(ModelFailure.OUT_OF_QUOTA::equals).orElse(ModelFailure.RATE_LIMITED);
            default -> ModelFailure.ofStatus(status);
        };
    }

    private Optional<Duration> retryAfter(Headers headers) {
        return RetryAfter.find(name -> headers.values(name).stream().findFirst(), clock);
    }

    private static ModelException withWait(ModelException failure, Optional<Duration> wait) {
        return wait.map(failure::retryAfter).orElse(failure);
    }

    private static String messageFor(ModelFailure failure) {
        return switch (failure) {
            case REJECTED -> "The model refused the request.";
            case UNAUTHORIZED -> "The model's server does not accept the key that it was given.";
            case NOT_FOUND -> "The model's server knows no such model.";
            case RATE_LIMITED -> "The model is busy; ask again a little later.";
            case OUT_OF_QUOTA -> "The model's quota is used up.";
            case SERVER_ERROR -> "The model's server failed.";
            case UNREACHABLE -> "The model's server can't be reached.";
            case STALLED -> "The model fell silent for too long.";
            case DISCONNECTED -> "The connection to the model broke off.";
            case INVALID_OUTPUT -> "The model's server sent something that is no stream of events.";
            case NOT_SUPPORTED -> "The model's server does not have this endpoint.";
            case HISTORY_GONE, HISTORY_TOO_LONG -> "The conversation can't be continued.";
        };
    }
}
