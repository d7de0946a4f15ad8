package dev.rill.chat.socket;

/** The outcome of sending an event. */
public enum SendResult {
    /** The client's transport has taken the event. */
    DELIVERED,
    /** The client has disconnected. This is a normal outcome; nothing further is sent to it. */
    GONE,
    /** The event was not sent, or not retried, because the sender no longer holds the lease. */
    WITHHELD
}
