package dev.rill.chat;

/** What became of a prompt that was delivered in vain as often as may be. */
public enum GiveUpOutcome {
    /** Its response has ended as failed, or there is none: an operator may want to see the prompt. */
    FAILED,
    /** Its response was answered after all. */
    ENDED,
    /** Another attempt is at it: it must be put back for a while. */
    LATER
}
