package dev.rill.chat;

/** What became of a prompt that a worker took off the queue. */
public enum AnswerOutcome {
    /** Nothing is left to do for it: its response has ended, or another prompt guards it. */
    DONE,
    /**
     * It can't be answered now, because another attempt is at it or its group runs as many as it may: it must be put
     * back for a while.
     */
    LATER,
    /** This attempt has lost its lease; the queue shows the prompt again by itself. */
    LOST
}
