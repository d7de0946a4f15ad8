package dev.rill.chat;

import java.time.Instant;

/**
 * What others want of a response while it is answered; its attempt reads this twice a second.
 *
 * @param cancelRequested somebody whose response it is wants it stopped
 * @param followedUntil until when a reader without a socket counts as present; {@link Instant#EPOCH} where there is none
 */
public record Control(boolean cancelRequested, Instant followedUntil, Attached attached) {

  /** Nothing is wanted yet. */
  public static Control of(Attached attached) {
    return new Control(false, Instant.EPOCH, attached);
  }
}
