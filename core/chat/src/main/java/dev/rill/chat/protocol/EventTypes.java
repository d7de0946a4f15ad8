package dev.rill.chat.protocol;

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

    /**
     * The deltas that are known to be text: pieces of one text that may be joined and split. A delta of any other type
     * is a value of its own, as each piece of audio is base64 of its own.
     */
    private static final Set<String> TEXT_DELTAS = Set.of(
            OUTPUT_TEXT_DELTA,
            "response.refusal.delta",
            "response.reasoning.delta",
            "response.reasoning_text.delta",
            "response.reasoning_summary_text.delta",
            "response.function_call_arguments.delta",
            "response.custom_tool_call_input.delta",
            "response.mcp_call_arguments.delta",
            "response.code_interpreter_call_code.delta",
            "response.audio.transcript.delta",
            "response.shell_call_command.delta");

    private EventTypes() {}

    /** Ends a response. */
    public static boolean isTerminal(String type) {
        return TERMINAL.contains(type);
    }

    /** Its {@code delta} is a piece of a text. */
    public static boolean isTextDelta(String type) {
        return TEXT_DELTAS.contains(type);
    }

    /** Tells that a response exists, before any output: Rill makes its own of these and drops the model's. */
    public static boolean isPreamble(String type) {
        return PREAMBLE.contains(type);
    }
}
