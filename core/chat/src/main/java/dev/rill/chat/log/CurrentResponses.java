package dev.rill.chat.log;

import java.time.Instant;
import java.util.Optional;

/**
 * Port: the response that each chat is at, so that a client which knows the chat alone can resume or stop its answer.
 * Safe for use by many threads.
 */
public interface CurrentResponses {

    /**
     * Stores the response that a chat is at, in place of an earlier one. Visible to every {@link #find} that begins
     * after this returns.
     *
     * @param expiresAt from when on the chat has none
     */
    void put(ChatKey chat, CurrentResponse response, Instant expiresAt);

    /** Returns the response that a chat is at; empty if none was stored or it has expired. */
    Optional<CurrentResponse> find(ChatKey chat);
}
