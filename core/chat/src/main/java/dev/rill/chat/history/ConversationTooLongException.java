package dev.rill.chat.history;

/** The conversation exceeds the limit of its size. */
final class ConversationTooLongException extends Exception {
    private static final long serialVersionUID = 1;

    ConversationTooLongException() {
        super("the conversation is larger than its limit");
    }
}
