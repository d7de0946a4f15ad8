package dev.rill.openai;

import dev.rill.chat.model.ModelFailure;
import java.io.IOException;

/** No answer came; unchecked because it travels through openai-java. */
final class TransportException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ModelFailure failure;

    TransportException(ModelFailure failure, IOException cause) {
        super(cause);
        this.failure = failure;
    }

    ModelFailure failure() {
        return failure;
    }
}
