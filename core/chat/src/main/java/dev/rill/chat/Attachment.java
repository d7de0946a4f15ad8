package dev.rill.chat;

import java.util.Optional;

/** What came of attaching a socket to a response. */
public sealed interface Attachment {

  /**
   * Its attempt, or the next one, sends the socket what follows.
   *
   * @param superseded the socket that had to give way and is sent nothing more
   */
  record Live(Optional<ConnectionId> superseded) implements Attachment {}

  /** It has ended: what follows is in the log. */
  record Ended() implements Attachment {}

  /** No such response, or another subject's. */
  record Unknown() implements Attachment {}
}
