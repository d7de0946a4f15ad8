package dev.rill.chat.socket;

/** Asked before each try at sending: whether the sender may still speak for the response. */
@FunctionalInterface
public interface LeaseCheck {

    /** For messages that need no lease. */
    LeaseCheck ALWAYS = () -> true;

    boolean isHeld();
}
