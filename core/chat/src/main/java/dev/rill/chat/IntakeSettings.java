package dev.rill.chat;

import dev.rill.chat.history.HistorySettings;
import java.time.Duration;

/**
 * What an operator sets of taking requests.
 *
 * @param defaultModel the model of requests that name none
 * @param retention how long a response is kept after its creation
 * @param unstoredRetention the same for {@code store: false}: as long as the socket that it was asked on can live
 * @param history how large a conversation may be
 */
public record IntakeSettings(String defaultModel, Duration retention, Duration unstoredRetention, HistorySettings history) {

    /** With the default limits of conversations, and two hours for what is not stored: a socket's longest life. */
    public static IntakeSettings of(String defaultModel, Duration kept) {
        return new IntakeSettings(defaultModel, kept, Duration.ofHours(2), HistorySettings.DEFAULT);
    }

    /** The same with other limits of conversations. */
    public IntakeSettings with(HistorySettings newHistory) {
        return new IntakeSettings(defaultModel, retention, unstoredRetention, newHistory);
    }
}
