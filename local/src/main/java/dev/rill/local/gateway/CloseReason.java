package dev.rill.local.gateway;

/** Why a socket closed: a close code of WebSocket and a phrase, as they stand in the {@code DISCONNECT} event. */
record CloseReason(int code, String phrase) {
    /** The {@code @connections} API was asked to. */
    static final CloseReason DELETED = new CloseReason(1000, "Connection Closed Normally");
    /** Idle, too old, or the gateway stops. */
    static final CloseReason GOING_AWAY = new CloseReason(1001, "Going away");

    static final CloseReason BINARY = new CloseReason(1003, "Binary messages are not supported");
    /** Ended without a close frame. */
    static final CloseReason ABNORMAL = new CloseReason(1006, "Connection Closed Abnormally");

    /** What a client's close comes to. */
    static CloseReason of(int code, String phrase) {
        return switch (code) {
            case 1005 -> new CloseReason(1005, "Client-side close frame status not set");
            case 1006 -> ABNORMAL;
            default -> new CloseReason(code, phrase);
        };
    }
}
