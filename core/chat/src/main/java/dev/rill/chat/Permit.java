package dev.rill.chat;

/** Asked before each try at sending: whether the sender may still speak for the response. */
@FunctionalInterface
public interface Permit {

  /** For messages that need no lease. */
  Permit ALWAYS = () -> true;

  boolean given();
}
