package dev.rill.chat.socket;

/** API Gateway's name for one socket: opaque, unique while the socket lives. */
public record ConnectionId(String value) {

    public ConnectionId {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a connection id is not blank");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
