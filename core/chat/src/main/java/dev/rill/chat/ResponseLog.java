package dev.rill.chat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: the ordered, durable events of every response, and who may append to them. Safe for use by many threads. */
public interface ResponseLog {

  /**
   * Begins a log.
   *
   * @param header as {@link ResponseHeader#queued} or {@link ResponseHeader#started} makes it
   * @param events the first ones, numbered from 0 without a gap
   * @throws IllegalStateException if this id has a log already
   */
  void create(ResponseHeader header, List<Event> events);

  /**
   * Asks for the lease: granted, as the next attempt, if the response is queued or the lease of its last attempt had run out at
   * {@code now}. Of many who ask at once, one gets it.
   */
  Claim claim(ResponseId id, Instant now, Instant leaseUntil);

  /**
   * Appends events and sets the status, as one step.
   *
   * @param attempt must be the newest
   * @param status {@link Status#IN_PROGRESS}, or how it ended if the last event is terminal
   * @param events must follow the last logged event without a gap; at least one
   * @throws LeaseLostException if there is a newer attempt, or the response has ended
   */
  void append(ResponseId id, int attempt, Status status, List<Event> events) throws LeaseLostException;

  /** The header; empty where there is no such response, or it has expired. */
  Optional<ResponseHeader> find(ResponseId id);

  /** The logged events whose number is greater than {@code startingAfter}, in order; none of an unknown response. */
  List<Event> read(ResponseId id, long startingAfter);
}
