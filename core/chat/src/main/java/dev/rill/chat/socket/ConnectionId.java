package dev.rill.chat.socket;

/** API Gateway's identifier of a WebSocket connection: opaque, and unique while the connection is open. */
public record ConnectionId(String value) {

    /** An id that API Gateway never issues: functions name it while they prime themselves for a snapshot. */
    public static final ConnectionId PRIMING = new ConnectionId("snapshot-priming");

    public ConnectionId {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a connection id must not be blank");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
