package dev.rill.chat.quota;

import java.util.OptionalLong;

/**
 * The tokens that a request may use.
 *
 * @param inputTokens an estimate
 * @param outputTokens the output ceiling that the client or the operator has set; empty if neither has
 */
public record Demand(long inputTokens, OptionalLong outputTokens) {}
