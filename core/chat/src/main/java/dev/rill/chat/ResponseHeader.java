package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Set;

/**
 * What is known of a response beside its events.
 *
 * @param attempt the newest attempt; 0 before the first
 * @param leaseUntil until when that attempt may append; {@link Instant#EPOCH} before the first
 * @param lastSequence the number of the newest logged event; -1 where none is
 * @param attached the sockets that want its events
 * @param request the validated body of the request, not to be changed
 */
public record ResponseHeader(ResponseId id, Subject subject, Status status, int attempt, Instant leaseUntil,
    long lastSequence, Instant createdAt, Set<ConnectionId> attached, ObjectNode request) {

  public ResponseHeader {
    attached = Set.copyOf(attached);
  }

  /** A response that waits for a worker. */
  public static ResponseHeader queued(ResponseId id, Subject subject, Instant createdAt, Set<ConnectionId> attached,
      ObjectNode request) {
    return new ResponseHeader(id, subject, Status.QUEUED, 0, Instant.EPOCH, -1, createdAt, attached, request);
  }

  /** A response that is answered where it was accepted: its first attempt has begun. */
  public static ResponseHeader started(ResponseId id, Subject subject, Instant createdAt, Instant leaseUntil,
      ObjectNode request) {
    return new ResponseHeader(id, subject, Status.IN_PROGRESS, 1, leaseUntil, -1, createdAt, Set.of(), request);
  }
}
