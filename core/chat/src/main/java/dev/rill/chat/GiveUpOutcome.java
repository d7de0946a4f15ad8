package dev.rill.chat;

/** The outcome of giving up a task that was delivered without success as often as the queue allows. */
public enum GiveUpOutcome {
    /** The response has ended as failed, or does not exist. The task is kept for an operator. */
    FAILED,
    /**
     * The response has ended otherwise: it was answered, or cancelled. Or it waits in its lane, whose hand-on queues
     * it.
     */
    ENDED,
    /** Another attempt holds the lease, or this one has lost it. The task must be put back into the queue. */
    LATER
}
