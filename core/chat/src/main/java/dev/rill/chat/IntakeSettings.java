package dev.rill.chat;

import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.policy.RequestPolicySource;
import java.time.Duration;

/**
 * The operator's settings of the intake of requests.
 *
 * @param defaultModel the model of requests without {@code model}
 * @param retention how long a response is kept after its creation
 * @param unstoredRetention the same for responses with {@code store: false}; at least the maximum lifetime of a socket,
 *     which may resume and continue them
 * @param history the maximum size of a conversation
 * @param policy which requests are allowed; asked for each new request
 */
public record IntakeSettings(
        String defaultModel,
        Duration retention,
        Duration unstoredRetention,
        HistorySettings history,
        RequestPolicySource policy) {

    /**
     * Settings with the default limits of conversations, {@link RequestPolicy#DEFAULT}, and 2 h for unstored responses:
     * a socket's maximum lifetime.
     */
    public static IntakeSettings of(String defaultModel, Duration kept) {
        return new IntakeSettings(
                defaultModel, kept, Duration.ofHours(2), HistorySettings.DEFAULT, () -> RequestPolicy.DEFAULT);
    }

    /** Returns a copy with other limits of conversations. */
    public IntakeSettings with(HistorySettings newHistory) {
        return new IntakeSettings(defaultModel, retention, unstoredRetention, newHistory, policy);
    }

    /** Returns a copy that allows other requests. */
    public IntakeSettings with(RequestPolicySource newPolicy) {
        return new IntakeSettings(defaultModel, retention, unstoredRetention, history, newPolicy);
    }
}
