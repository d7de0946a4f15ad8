package dev.rill.chat.answer;

import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.model.Retries;
import java.time.Duration;

/**
 * What an operator sets of the flow.
 *
 * @param defaultModel the model of requests that name none
 * @param frameInterval the least time between two deltas of one item
 * @param retries when a model that failed before any output is asked again
 * @param detachGrace how long an answer that nobody reads goes on
 * @param attempts how often a response is begun at most
 * @param kept how long a response is kept after its creation
 * @param keptUnstored the same for {@code store: false}: as long as the socket that made it can live
 * @param history how large a conversation may be, and what the model's server keeps of it
 * @param logIntervals how often an attempt speaks to the log
 */
public record AnswerSettings(
        String defaultModel,
        Duration frameInterval,
        Retries retries,
        Duration detachGrace,
        int attempts,
        Duration kept,
        Duration keptUnstored,
        HistorySettings history,
        LogIntervals logIntervals) {

    /**
     * How often an attempt speaks to the log: at most three times a second by default.
     *
     * @param append the least time between two appends
     * @param directives the least time between two looks at what others want, and so how soon a stop is noticed
     * @param lease for how long an attempt that falls silent keeps its right
     */
    public record LogIntervals(Duration append, Duration directives, Duration lease) {

        public static final LogIntervals DEFAULT =
                new LogIntervals(Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(12));
    }

    /**
     * With the default limits of conversations, and with what no operator sets: three attempts, the default pulse, and
     * two hours (a socket's life) for what is not stored.
     */
    public static AnswerSettings of(
            String defaultModel, Duration frameInterval, Retries retries, Duration detachGrace, Duration kept) {
        return new AnswerSettings(
                defaultModel,
                frameInterval,
                retries,
                detachGrace,
                3,
                kept,
                Duration.ofHours(2),
                HistorySettings.DEFAULT,
                LogIntervals.DEFAULT);
    }

    /** The same with other limits of conversations. */
    public AnswerSettings with(HistorySettings newHistory) {
        return new AnswerSettings(
                defaultModel,
                frameInterval,
                retries,
                detachGrace,
                attempts,
                kept,
                keptUnstored,
                newHistory,
                logIntervals);
    }
}
