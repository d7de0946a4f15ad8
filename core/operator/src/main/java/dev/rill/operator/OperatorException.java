package dev.rill.operator;

import software.amazon.awssdk.core.exception.SdkException;

/** A command can't go on. The message tells in one line why, and what the operator can do. */
final class OperatorException extends Exception {
    private static final long serialVersionUID = 1;

    OperatorException(String message) {
        super(message);
    }

    OperatorException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Names an error of the SDK, without its list of all places in which it has looked for a setting. */
    static OperatorException of(String what, SdkException error) {
        var reason = String.valueOf(error.getMessage())
                .replaceFirst("(?s) from any of the providers in the chain.*", " (./rill keys --help says from where)");
        return new OperatorException(what + ": " + reason, error);
    }
}
