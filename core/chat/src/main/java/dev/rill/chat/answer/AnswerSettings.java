package dev.rill.chat.answer;

import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.model.Retries;
import java.time.Duration;

/**
 * The operator's settings of answering.
 *
 * @param frameInterval the minimum interval between two deltas of one item
 * @param retries the retries of a model that fails before any output
 * @param detachGrace how long an answer continues without a client that reads it
 * @param attempts the maximum number of attempts at one response
 * @param history the maximum size of a conversation, and whether the model's server may store it
 * @param logIntervals the intervals between an attempt's requests to the log
 */
public record AnswerSettings(
        Duration frameInterval,
        Retries retries,
        Duration detachGrace,
        int attempts,
        HistorySettings history,
        LogIntervals logIntervals) {

    /** Settings with three attempts and the defaults of conversations and intervals. */
    public static AnswerSettings of(Duration frameInterval, Retries retries, Duration detachGrace) {
        return new AnswerSettings(
                frameInterval, retries, detachGrace, 3, HistorySettings.DEFAULT, LogIntervals.DEFAULT);
    }

    /** Returns a copy with other settings of conversations. */
    public AnswerSettings with(HistorySettings newHistory) {
        return new AnswerSettings(frameInterval, retries, detachGrace, attempts, newHistory, logIntervals);
    }

    /** Returns a copy with other intervals. */
    public AnswerSettings with(LogIntervals newIntervals) {
        return new AnswerSettings(frameInterval, retries, detachGrace, attempts, history, newIntervals);
    }
}
