package dev.rill.aws;

import dev.rill.chat.socket.ConnectionId;
import java.util.OptionalInt;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * API Gateway did not accept a message for a connection that may still be open. The exception holds nothing of the
 * message's text.
 */
public final class PostFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient OptionalInt status;

    private PostFailedException(String message, OptionalInt status, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    static PostFailedException of(ConnectionId connection, int tries, SdkException cause) {
        var what =
                "posting to connection " + connection + " failed after " + tries + (tries == 1 ? " try: " : " tries: ");
        if (cause instanceof SdkServiceException refusal) {
            var name = refusal.getClass().getSimpleName();
            return new PostFailedException(
                    what + "status " + refusal.statusCode() + " (" + name + ")" + hint(refusal.statusCode()),
                    OptionalInt.of(refusal.statusCode()),
                    cause);
        }
        return new PostFailedException(what + "no answer: " + cause.getMessage(), OptionalInt.empty(), cause);
    }

    /** The HTTP status of the last try; empty if API Gateway did not answer. */
    public OptionalInt status() {
        return status;
    }

    private static String hint(int status) {
        return switch (status) {
            case 403 -> "; is CONNECTIONS_ENDPOINT the one of this stage, and execute-api:ManageConnections allowed?";
            case 413 -> "; a message has at most 128 KB";
            default -> "";
        };
    }
}
