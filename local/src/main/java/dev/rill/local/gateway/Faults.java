package dev.rill.local.gateway;

/** Decides, before each post to a connection, whether it goes wrong. Called by many threads. */
@FunctionalInterface
public interface Faults {
  /** Nothing goes wrong. */
  Faults NONE = connectionId -> Fault.NONE;

  /** What becomes of the next post to this connection. */
  Fault beforePost(String connectionId);

  /** A way to go wrong. In each but {@link #NONE} the message is not delivered, and the socket stays as it is. */
  enum Fault {
    NONE,
    /** 410 {@code GoneException}. */
    GONE,
    /** 429 {@code LimitExceededException}. */
    LIMIT_EXCEEDED,
    /** 500 {@code InternalServerErrorException}. */
    SERVER_ERROR,
    /** No answer: the request's connection is cut after {@link Limits#post}. */
    HANG
  }
}
