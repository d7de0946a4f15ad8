package dev.rill.chat.answer;

import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.model.Retries;
import java.time.Duration;

/**
 * What an operator sets of answering.
 *
 * @param frameInterval the least time between two deltas of one item
 * @param retries when a model that failed before any output is asked again
 * @param detachGrace how long an answer goes on without a client that reads it
 * @param attempts how often a response is begun at most
 * @param history how large a conversation may be, and what the model's server keeps of it
 * @param logIntervals how often an attempt sends a request to the log
 */
public record AnswerSettings(
        Duration frameInterval,
        Retries retries,
        Duration detachGrace,
        int attempts,
        HistorySettings history,
        LogIntervals logIntervals) {

    /** With three attempts, the default limits of conversations and the default intervals. */
    public static AnswerSettings of(Duration frameInterval, Retries retries, Duration detachGrace) {
        return new AnswerSettings(
                frameInterval, retries, detachGrace, 3, HistorySettings.DEFAULT, LogIntervals.DEFAULT);
    }

    /** The same with other limits of conversations. */
    public AnswerSettings with(HistorySettings newHistory) {
        return new AnswerSettings(frameInterval, retries, detachGrace, attempts, newHistory, logIntervals);
    }

    /** The same with other intervals. */
    public AnswerSettings with(LogIntervals newIntervals) {
        return new AnswerSettings(frameInterval, retries, detachGrace, attempts, history, newIntervals);
    }
}
