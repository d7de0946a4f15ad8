package dev.rill.auth;

import com.nimbusds.jwt.proc.BadJWTException;

/** Carries the reason for which a token is not good through the library's processor. */
final class InvalidTokenException extends BadJWTException {
    private static final long serialVersionUID = 1;

    private final InvalidReason reason;

    InvalidTokenException(InvalidReason reason) {
        super(reason.name());
        this.reason = reason;
    }

    InvalidReason reason() {
        return reason;
    }
}
