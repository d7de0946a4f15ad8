package dev.rill.chat.answer;

/** The reason to end an answer before the model has ended it. */
enum StopReason {
    /** A client has cancelled it. */
    CANCELLED("cancelled"),
    /** No client has read the answer for the grace period. */
    CLIENT_GONE("client_gone"),
    /** The function's deadline is near. */
    TIME_LIMIT("time_limit"),
    /** The output, or the log of the attempt, has reached its maximum size. */
    SIZE_LIMIT("size_limit"),
    /** The model has sent more than its ceiling, which the budget has lowered. */
    BUDGET_EXCEEDED("budget_exceeded"),
    /** The model has sent more than its ceiling, which the client or the operator has set. */
    MAX_OUTPUT_TOKENS("max_output_tokens");

    private final String wire;

    StopReason(String wire) {
        this.wire = wire;
    }

    /**
     * The {@code incomplete_details.reason} of an incomplete response. A cancelled response has none: its status says
     * so.
     */
    String wire() {
        return wire;
    }
}
