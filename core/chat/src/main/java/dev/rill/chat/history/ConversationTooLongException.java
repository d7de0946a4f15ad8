package dev.rill.chat.history;

/** A conversation is larger than its limit. */
final class ConversationTooLongException extends Exception {
    private static final long serialVersionUID = 1;

    ConversationTooLongException() {
        super("the conversation is larger than its limit");
    }
}
