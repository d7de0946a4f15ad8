package dev.rill.chat.protocol;

import java.util.Set;

/**
 * The event types that Rill reads or creates. Rill relays events of other types without reading them.
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

    /** Some models end so. Rill ends a cancelled response by {@link #INCOMPLETE}: clients know no other type. */
    public static final String CANCELLED = "response.cancelled";

    public static final String OUTPUT_ITEM_ADDED = "response.output_item.added";
    public static final String OUTPUT_ITEM_DONE = "response.output_item.done";
    public static final String OUTPUT_TEXT_DELTA = "response.output_text.delta";
    public static final String ERROR = "error";

    /**
     * An extension of Rill: the worker of an earlier attempt crashed, and clients must discard the output so far. Has
     * the field {@code attempt}, the number of the new attempt.
     */
    public static final String RESTARTED = "rill:response.restarted";

    private static final Set<String> TERMINAL = Set.of(COMPLETED, INCOMPLETE, FAILED, CANCELLED);
    private static final Set<String> PREAMBLE = Set.of(CREATED, QUEUED, IN_PROGRESS);

    /**
     * The types whose deltas are known to be pieces of one text, which may be joined and split. A delta of any other
     * type must stay as it is: each delta of audio, for example, is encoded in base64 by itself.
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

    /**
     * Returns the type of the event that ends a response with this status.
     *
     * @throws IllegalArgumentException if the status is not one of a response that has ended
     */
    public static String terminal(Status status) {
        return switch (status) {
            case COMPLETED -> COMPLETED;
            case INCOMPLETE, CANCELLED -> INCOMPLETE;
            case FAILED -> FAILED;
            case QUEUED, IN_PROGRESS -> throw new IllegalArgumentException("no event ends a response as " + status);
        };
    }

    /** Whether an event of this type is the last of its response. */
    public static boolean isTerminal(String type) {
        return TERMINAL.contains(type);
    }

    /** Whether the {@code delta} of an event of this type is a piece of text. */
    public static boolean isTextDelta(String type) {
        return TEXT_DELTAS.contains(type);
    }

    /**
     * Whether events of this type precede all output. Rill creates these events itself and drops those of the model.
     */
    public static boolean isPreamble(String type) {
        return PREAMBLE.contains(type);
    }
}
