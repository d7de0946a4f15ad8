package dev.rill.chat.history;

import dev.rill.chat.log.ConversationSize;

/**
 * What an operator sets of conversations.
 *
 * @param limit the largest conversation that a model is sent, the new input included
 * @param storage whether the model's server may keep what it is sent
 */
public record HistorySettings(ConversationSize limit, ModelStorage storage) {

    /** 8 MB and 2,000 items; the model's server keeps nothing. */
    public static final HistorySettings DEFAULT = of(8, 2000, ModelStorage.NEVER);

    /** What the model's server is told of storing. */
    public enum ModelStorage {
        /** {@code store: false}, whatever the client asked for: Rill's own log has the conversation. */
        NEVER,
        /** What the client asked for, or nothing. */
        AS_ASKED
    }

    /**
     * Limits as an operator names them.
     *
     * @param megabytes of 1024 * 1024 bytes
     */
    public static HistorySettings of(long megabytes, int items, ModelStorage storage) {
        return new HistorySettings(new ConversationSize(megabytes * 1024 * 1024, items), storage);
    }
}
