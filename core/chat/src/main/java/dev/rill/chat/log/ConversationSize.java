package dev.rill.chat.log;

/**
 * The size of a conversation: of the items that the model would be sent, those of earlier turns included.
 *
 * @param bytes the size of the items' JSON in UTF-8, without the separators between them
 * @param items the number of items; a turn counts as at least one, which also bounds a chain of turns without items
 */
public record ConversationSize(long bytes, int items) {

    /** The size of a conversation without turns. */
    public static final ConversationSize ZERO = new ConversationSize(0, 0);

    public ConversationSize {
        if (bytes < 0 || items < 0) {
            throw new IllegalArgumentException("negative size: " + bytes + " bytes, " + items + " items");
        }
    }

    public ConversationSize plus(ConversationSize more) {
        return new ConversationSize(Math.addExact(bytes, more.bytes), Math.addExact(items, more.items));
    }
}
