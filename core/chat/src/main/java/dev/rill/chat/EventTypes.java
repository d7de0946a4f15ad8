package dev.rill.chat;

import java.util.Set;

/**
 * The event types that Rill reads or makes; all others pass through unread.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses</a>
 */
public final class EventTypes {

  public static final String CREATED = "response.created";
  public static final String QUEUED = "response.queued";
  public static final String IN_PROGRESS = "response.in_progress";
  public static final String COMPLETED = "response.completed";
  public static final String INCOMPLETE = "response.incomplete";
  public static final String FAILED = "response.failed";
  public static final String CANCELLED = "response.cancelled";
  public static final String OUTPUT_ITEM_ADDED = "response.output_item.added";
  public static final String OUTPUT_ITEM_DONE = "response.output_item.done";
  public static final String OUTPUT_TEXT_DELTA = "response.output_text.delta";
  public static final String ERROR = "error";

  /** Rill's own: the output so far was an attempt's that died; forget it. Carries {@code attempt}. */
  public static final String RESTARTED = "rill:response.restarted";

  private static final Set<String> TERMINAL = Set.of(COMPLETED, INCOMPLETE, FAILED, CANCELLED);
  private static final Set<String> PREAMBLE = Set.of(CREATED, QUEUED, IN_PROGRESS);

  private EventTypes() {}

  /** Ends a response. */
  public static boolean isTerminal(String type) {
    return TERMINAL.contains(type);
  }

  /** Tells that a response exists, before any output: Rill makes its own of these and drops the model's. */
  public static boolean isPreamble(String type) {
    return PREAMBLE.contains(type);
  }
}
