package dev.rill.worker;

import java.time.Duration;

/**
 * A message that the queue shall deliver again.
 *
 * @param retryDelay how long the queue hides the message until then; whole seconds
 */
public record FailedMessage(BatchMessage message, Duration retryDelay) {}
