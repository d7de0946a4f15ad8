package dev.rill.chat.history;

import dev.rill.chat.log.ConversationSize;

/**
 * The operator's settings of conversations.
 *
 * @param limit the maximum size of a conversation, the new input included
 * @param storage whether the model's server may store requests and answers
 */
public record HistorySettings(ConversationSize limit, ModelStorage storage) {

    /** At most 8 MB and 2,000 items; the model's server stores nothing. */
    public static final HistorySettings DEFAULT = of(8, 2000, ModelStorage.NEVER);

    /** The {@code store} field of requests to the model. */
    public enum ModelStorage {
        /** {@code false}, whatever the client sent: Rill's own log has the conversation. */
        NEVER,
        /** The client's value; absent if the client sent none. */
        AS_ASKED
    }

    /**
     * Creates settings.
     *
     * @param megabytes the maximum size, in units of 1024 * 1024 bytes
     */
    public static HistorySettings of(long megabytes, int items, ModelStorage storage) {
        return new HistorySettings(new ConversationSize(megabytes * 1024 * 1024, items), storage);
    }

    /** Returns a copy with other storage by the model's server. */
    public HistorySettings with(ModelStorage newStorage) {
        return new HistorySettings(limit, newStorage);
    }
}
