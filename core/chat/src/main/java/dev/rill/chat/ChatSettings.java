package dev.rill.chat;

import java.time.Duration;

/**
 * What an operator sets of the flow.
 *
 * @param defaultModel the model of requests that name none
 * @param frameInterval the least time between two deltas of one item
 * @param appendInterval the least time between two appends to the log of one response
 * @param retries when a model that failed before any output is asked again
 */
public record ChatSettings(String defaultModel, Duration frameInterval, Duration appendInterval, Retries retries) {

  /** At most two appends a second of one response: less than that is billed more, more than that loses more with a worker. */
  public static final Duration APPEND_INTERVAL = Duration.ofMillis(500);
}
