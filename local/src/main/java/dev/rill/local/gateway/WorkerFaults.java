package dev.rill.local.gateway;

import java.util.Optional;
import java.util.OptionalLong;

/** Kills processes that answer clients of sockets. Called by many threads. */
@FunctionalInterface
public interface WorkerFaults {

    /**
     * Kills a process, as {@code kill -9} does.
     *
     * @param responseId of the response that it answers; empty for any process that answers one
     * @return its pid; empty if there is no such process
     */
    OptionalLong kill(Optional<String> responseId);
}
