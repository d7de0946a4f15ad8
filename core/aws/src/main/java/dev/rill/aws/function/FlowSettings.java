package dev.rill.aws.function;

import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.history.HistorySettings.ModelStorage;
import dev.rill.chat.model.Retries;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The operator's settings of a function that answers requests.
 *
 * @param frameInterval the minimum interval between two deltas of one item
 * @param detachGrace how long an answer continues without a client that reads it
 * @param history the maximum size of a conversation, and whether the model's server may store it
 */
public record FlowSettings(Duration frameInterval, Duration detachGrace, HistorySettings history) {

    /** Requests to a model that fails before any output, the first included. */
    private static final int MODEL_REQUESTS = 3;

    private static final Duration FIRST_RETRY_DELAY = Duration.ofMillis(500);

    private static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(20);

    /**
     * Reads {@code FRAME_INTERVAL_MILLIS} (default 80), {@code DETACH_GRACE_SECONDS} (default 60),
     * {@code STORE_AT_MODEL} (default false) and the variables of {@link #history}.
     *
     * @throws IllegalStateException if a variable is invalid
     */
    public static FlowSettings of(Environment environment) {
        return new FlowSettings(
                environment.millis("FRAME_INTERVAL_MILLIS", 80),
                environment.seconds("DETACH_GRACE_SECONDS", 60),
                history(environment)
                        .with(environment.isTrue("STORE_AT_MODEL") ? ModelStorage.AS_ASKED : ModelStorage.NEVER));
    }

    /**
     * Reads {@code HISTORY_MEGABYTES} (default 8) and {@code HISTORY_ITEMS} (default 2000), for a function that takes
     * requests and asks no model. The model's server stores nothing.
     *
     * @throws IllegalStateException if a variable is invalid
     */
    public static HistorySettings history(Environment environment) {
        return HistorySettings.of(
                environment.whole("HISTORY_MEGABYTES", 8),
                (int) environment.whole("HISTORY_ITEMS", 2000),
                ModelStorage.NEVER);
    }

    /** Returns the settings of answers, with the retries that all functions make. */
    public AnswerSettings answers(RandomGenerator random) {
        var retries = new Retries(MODEL_REQUESTS, FIRST_RETRY_DELAY, MAX_RETRY_DELAY, random);
        return AnswerSettings.of(frameInterval, retries, detachGrace).with(history);
    }
}
