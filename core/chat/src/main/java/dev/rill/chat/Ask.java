package dev.rill.chat;

import java.util.Optional;

/**
 * A request and where it comes from.
 *
 * @param connection the socket that asked; empty over HTTP
 * @param group with whose responses it is counted
 * @param mark the client's own mark, which makes a repeat harmless; empty where it gave none
 */
public record Ask(CreateRequest request, Subject subject, Optional<ConnectionId> connection, Group group,
    Optional<String> mark) {}
