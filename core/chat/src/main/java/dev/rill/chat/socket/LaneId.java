package dev.rill.chat.socket;

import dev.rill.chat.protocol.StreamId;

/** A lane: the requests with one {@code stream_id} on one socket, which are answered one after another. */
public record LaneId(ConnectionId connection, StreamId stream) {}
