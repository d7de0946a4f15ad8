package dev.rill.chat.model;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A failure of the model. The message is sent to the client and contains no key and no address. */
public final class ModelException extends Exception {
    private static final long serialVersionUID = 1;

    private final ModelFailure failure;
    private final transient Optional<Duration> retryAfter;
    private final transient ModelErrorDetails details;

    private ModelException(
            ModelFailure failure,
            String message,
            Optional<Duration> retryAfter,
            ModelErrorDetails details,
            @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
        this.retryAfter = retryAfter;
        this.details = details;
    }

    public static ModelException of(ModelFailure failure, String message) {
        return new ModelException(failure, message, Optional.empty(), ModelErrorDetails.NONE, null);
    }

    public static ModelException of(ModelFailure failure, String message, Throwable cause) {
        return new ModelException(failure, message, Optional.empty(), ModelErrorDetails.NONE, cause);
    }

    /** The model's server has no such endpoint. */
    public static ModelException notSupported(Endpoint endpoint) {
        return of(ModelFailure.NOT_SUPPORTED, "The model's server has no POST /v1" + endpoint.path() + ".");
    }

    /** Returns a copy with the wait that the model's server asked for in {@code Retry-After}. */
    public ModelException retryAfter(Duration wait) {
        return new ModelException(failure, String.valueOf(getMessage()), Optional.of(wait), details, getCause());
    }

    /** Returns a copy with what the model's server has said besides its message. */
    public ModelException with(ModelErrorDetails said) {
        return new ModelException(failure, String.valueOf(getMessage()), retryAfter, said, getCause());
    }

    public ModelFailure failure() {
        return failure;
    }

    /** Returns the {@code error.code} that a client is sent: the server's own, or else that of the failure. */
    public String code() {
        return details.code().orElse(failure.code());
    }

    public ModelErrorDetails details() {
        return details;
    }

    /** Returns the wait that the model's server asked for; empty if it named none. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
