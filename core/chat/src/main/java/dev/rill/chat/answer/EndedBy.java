package dev.rill.chat.answer;

/** What has ended an answer. */
public enum EndedBy {
    /** The model, or a failure of the model or of all attempts. */
    MODEL,
    /** Rill, before the model has ended it: a cancel, a limit, or no client that reads it. */
    RILL
}
