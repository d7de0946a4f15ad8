package dev.rill.auth;

/**
 * The ways in which a request is refused before its body is read. Code and message are all that a client is told; they
 * are the same for every reason why a credential is not good.
 */
public enum Refusal {
    MISSING_CREDENTIALS(
            401,
            "missing_credentials",
            "No credentials. Send 'Authorization: Bearer' with a key or token. A WebSocket in a browser offers the "
                    + "subprotocols 'rill.v1' and 'rill.bearer.<base64url of the key or token>', or adds "
                    + "'?ticket=' with a ticket from POST /v1/tickets."),
    INVALID_CREDENTIALS(
            401,
            "invalid_credentials",
            "The credentials are not good: malformed, unknown, expired, revoked, or not meant for this deployment."),
    AUTHENTICATION_EXPIRED(
            401,
            "authentication_expired",
            "The authentication of this socket has ended. Send 'rill:authenticate' with a new token, or connect again."),
    SUBJECT_MISMATCH(
            403,
            "subject_mismatch",
            "The token belongs to another user than this socket. Connect again to become that user."),
    SEVERAL_CREDENTIALS(
            400, "several_credentials", "Several credentials. Send one key, token or ticket, in one place."),
    CREDENTIALS_IN_URL(
            400,
            "credentials_in_url",
            "A key or token in a URL is refused, because URLs are kept in logs and histories. Send 'Authorization: "
                    + "Bearer', offer the subprotocol 'rill.bearer.<base64url of the key or token>', or use a ticket "
                    + "from POST /v1/tickets. If this one is in use, revoke it."),
    SUBPROTOCOL_REQUIRED(
            400,
            "subprotocol_required",
            "Offer 'rill.v1' beside the bearer. A bearer is never echoed, and a browser closes a socket whose server "
                    + "selects none of the offered subprotocols."),
    ORIGIN_NOT_ALLOWED(
            403,
            "origin_not_allowed",
            "Web pages of this origin are not allowed. The operator allows it by the parameter AllowedOrigins."),
    DIRECT_URL_CLOSED(
            403,
            "direct_url_closed",
            "This URL is closed. Use the deployment's domain; its stack has it as the output DomainUrl."),
    AUTHENTICATION_UNAVAILABLE(
            503,
            "authentication_unavailable",
            "The credentials cannot be checked now, because the issuer of the token or the store of the keys does "
                    + "not answer. Try again, with a new ticket if you sent one.");

    private final int status;
    private final String code;
    private final String message;

    Refusal(int status, String code, String message) {
        this.status = status;
        this.code = code;
        this.message = message;
    }

    /** The HTTP status, also of a refused handshake. With 401 goes {@code WWW-Authenticate: Bearer}. */
    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    public String message() {
        return message;
    }
}
