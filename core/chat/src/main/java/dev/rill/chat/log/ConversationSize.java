package dev.rill.chat.log;

/**
 * How large a conversation is: the items that the model would be sent, earlier turns included.
 *
 * @param bytes of the items' JSON in UTF-8, without what stands between them
 * @param items a turn counts as one item at least, so that a chain of turns without items is bounded, too
 */
public record ConversationSize(long bytes, int items) {

    /** A conversation that has not begun. */
    public static final ConversationSize ZERO = new ConversationSize(0, 0);

    public ConversationSize {
        if (bytes < 0 || items < 0) {
            throw new IllegalArgumentException("a conversation has no " + bytes + " bytes and " + items + " items");
        }
    }

    public ConversationSize plus(ConversationSize more) {
        return new ConversationSize(Math.addExact(bytes, more.bytes), Math.addExact(items, more.items));
    }
}
