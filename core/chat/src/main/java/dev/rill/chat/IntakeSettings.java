package dev.rill.chat;

import dev.rill.chat.history.HistorySettings;
import java.time.Duration;

/**
 * The operator's settings of the intake of requests.
 *
 * @param defaultModel the model of requests without {@code model}
 * @param retention how long a response is kept after its creation
 * @param unstoredRetention the same for responses with {@code store: false}; at least the maximum lifetime of a socket,
 *     which may resume and continue them
 * @param history the maximum size of a conversation
 */
public record IntakeSettings(
        String defaultModel, Duration retention, Duration unstoredRetention, HistorySettings history) {

    /**
     * Settings with the default limits of conversations, and 2 h for unstored responses: a socket's maximum lifetime.
     */
    public static IntakeSettings of(String defaultModel, Duration kept) {
        return new IntakeSettings(defaultModel, kept, Duration.ofHours(2), HistorySettings.DEFAULT);
    }

    /** Returns a copy with other limits of conversations. */
    public IntakeSettings with(HistorySettings newHistory) {
        return new IntakeSettings(defaultModel, retention, unstoredRetention, newHistory);
    }
}
