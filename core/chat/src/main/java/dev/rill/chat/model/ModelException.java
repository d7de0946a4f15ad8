package dev.rill.chat.model;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The model did not answer, or stopped answering. Its message is for the client: no key and no address is in it. */
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

    /** This failure with the model's own word on when to ask again. */
    public ModelException retryAfter(Duration wait) {
        return new ModelException(failure, String.valueOf(getMessage()), Optional.of(wait), getCause());
    }

    public ModelFailure failure() {
        return failure;
    }

    /** How long the model asks to be left alone; empty where it said nothing. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
