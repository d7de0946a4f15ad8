package dev.rill.chat.socket;

/** API Gateway's identifier of a WebSocket connection: opaque, and unique while the connection is open. */
public record ConnectionId(String value) {

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
