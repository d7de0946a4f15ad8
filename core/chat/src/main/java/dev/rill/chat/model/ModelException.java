package dev.rill.chat.model;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A failure of the model. The message is sent to the client and contains no key and no address. */
public final class ModelException extends Exception {
    private static final long serialVersionUID = 1;

    private final ModelFailure failure;
    private final transient Optional<Duration> retryAfter;

    private ModelException(
            ModelFailure failure, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
        this.retryAfter = retryAfter;
    }

    public static ModelException of(ModelFailure failure, String message) {
        return new ModelException(failure, message, Optional.empty(), null);
    }

    public static ModelException of(ModelFailure failure, String message, Throwable cause) {
        return new ModelException(failure, message, Optional.empty(), cause);
    }

    /** Returns a copy with the wait that the model's server asked for in {@code Retry-After}. */
    public ModelException retryAfter(Duration wait) {
        return new ModelException(failure, String.valueOf(getMessage()), Optional.of(wait), getCause());
    }

    public ModelFailure failure() {
        return failure;
    }

    /** Returns the wait that the model's server asked for; empty if it named none. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
