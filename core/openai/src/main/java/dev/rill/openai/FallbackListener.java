package dev.rill.openai;

import dev.rill.chat.model.ModelFailure;

/**
 * Hears that a server has failed, before any output or where the list allows a restart, and that the next one is asked.
 * Must not block or throw.
 */
@FunctionalInterface
public interface FallbackListener {

    /**
     * Hears of one failure.
     *
     * @param model the name that the client has sent
     * @param server the index of the server that has failed, from 0
     */
    void onFallback(String model, int server, ModelFailure failure);
}
