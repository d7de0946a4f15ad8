package dev.rill.chat;

import java.time.Instant;

/** A socket and who is on it. {@code expiresAt} is when the gateway has closed it at the latest, whether or not it told. */
public record Connection(ConnectionId id, Subject subject, Instant connectedAt, Instant expiresAt) {}
