package dev.rill.chat;

/** What came of attaching a socket to a response. */
public enum Attachment {
  /** Its attempt, or the next one, sends the socket what follows. */
  LIVE,
  /** It has ended: what follows is in the log. */
  ENDED,
  /** As many sockets as may be are attached already. */
  FULL,
  /** No such response, or another subject's. */
  UNKNOWN
}
