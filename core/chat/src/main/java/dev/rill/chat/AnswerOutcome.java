package dev.rill.chat;

/** The outcome of a task that a worker received from the queue. */
public enum AnswerOutcome {
    /** The task is done: its response has ended or does not exist, or another task guards it. */
    DONE,
    /**
     * The task can't be answered now, because another attempt holds the lease or the quota of running responses is
     * full. It must be put back into the queue for {@link Answerer#PUT_BACK_DELAY}.
     */
    LATER,
    /** The attempt has lost its lease. The queue delivers the task again after its visibility timeout. */
    LOST
}
