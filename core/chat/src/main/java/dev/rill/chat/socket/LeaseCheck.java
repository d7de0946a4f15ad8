package dev.rill.chat.socket;

/** Checked before each try to send: whether the sender still holds the lease of the response. */
@FunctionalInterface
public interface LeaseCheck {

    /** The check for messages that need no lease. */
    LeaseCheck ALWAYS = () -> true;

    boolean isHeld();
}
