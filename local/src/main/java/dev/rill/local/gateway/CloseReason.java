package dev.rill.local.gateway;

/** Why a socket closed: the WebSocket close code and the phrase of the {@code DISCONNECT} event. */
record CloseReason(int code, String phrase) {
    /** A backend closed it through the {@code @connections} API. */
    static final CloseReason DELETED = new CloseReason(1000, "Connection Closed Normally");
    /** The socket was idle or too old, or the gateway stops. */
    static final CloseReason GOING_AWAY = new CloseReason(1001, "Going away");

    static final CloseReason BINARY = new CloseReason(1003, "Binary messages are not supported");
    /** The socket ended without a close frame. */
    static final CloseReason ABNORMAL = new CloseReason(1006, "Connection Closed Abnormally");

    /** The reason for a close frame of the client. */
    static CloseReason of(int code, String phrase) {
        return switch (code) {
            case 1005 -> new CloseReason(1005, "Client-side close frame status not set");
            case 1006 -> ABNORMAL;
            default -> new CloseReason(code, phrase);
        };
    }
}
