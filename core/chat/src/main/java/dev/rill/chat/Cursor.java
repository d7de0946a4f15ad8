package dev.rill.chat;

/**
 * How far a socket has come in a response.
 *
 * @param after the number of the last event that it has; -1 where it has none
 * @param mark tells one attaching from the next of the same socket
 */
public record Cursor(long after, String mark) {}
