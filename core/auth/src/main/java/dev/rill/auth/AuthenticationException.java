package dev.rill.auth;

import dev.rill.chat.protocol.ApiException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused because of its credentials or origin. The message contains none of what the client sent.
 */
public final class AuthenticationException extends Exception {
    private static final long serialVersionUID = 1;

    private final Refusal refusal;
    private final @Nullable InvalidReason reason;

    private AuthenticationException(Refusal refusal, @Nullable InvalidReason reason, @Nullable Throwable cause) {
        super(refusal.code() + ": " + refusal.message(), cause);
        this.refusal = refusal;
        this.reason = reason;
    }

    public static AuthenticationException of(Refusal refusal) {
        return new AuthenticationException(refusal, null, null);
    }

    public static AuthenticationException invalid(InvalidReason reason) {
        return new AuthenticationException(Refusal.INVALID_CREDENTIALS, reason, null);
    }

    public static AuthenticationException unavailable(Throwable cause) {
        return new AuthenticationException(Refusal.AUTHENTICATION_UNAVAILABLE, null, cause);
    }

    public Refusal refusal() {
        return refusal;
    }

    /** For metrics, never for the client; empty unless the credentials are invalid. */
    public Optional<InvalidReason> reason() {
        return Optional.ofNullable(reason);
    }

    /** The refusal in OpenAI's form. */
    public ApiException toApiException() {
        return ApiException.of(refusal.status(), refusal.code(), refusal.message(), null);
    }
}
