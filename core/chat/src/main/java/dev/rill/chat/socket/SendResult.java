package dev.rill.chat.socket;

/** What became of an event that was sent. */
public enum SendResult {
    /** It was handed to the client's transport. */
    DELIVERED,
    /** Nobody is there any more: a normal answer, and the last one worth asking for. */
    GONE,
    /** It was not sent, or not once more: the permit had lapsed. */
    WITHHELD
}
