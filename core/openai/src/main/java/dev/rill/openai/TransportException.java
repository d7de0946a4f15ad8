package dev.rill.openai;

import dev.rill.chat.model.ModelFailure;
import java.io.IOException;

/** The server did not answer. Unchecked, because openai-java's code is between the transport and the caller. */
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
