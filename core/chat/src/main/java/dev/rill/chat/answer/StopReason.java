package dev.rill.chat.answer;

/** Why an answer ends before its model has ended it. */
enum StopReason {
    /** The client asked for it. */
    CANCELLED("cancelled"),
    /** No client has read the answer for the grace period. */
    CLIENT_GONE("client_gone"),
    /** The function's deadline is near. */
    TIME_LIMIT("time_limit"),
    /** The output has reached its greatest size. */
    SIZE_LIMIT("size_limit");

    private final String wire;

    StopReason(String wire) {
        this.wire = wire;
    }

    /** The {@code incomplete_details.reason} that the client reads. */
    String wire() {
        return wire;
    }
}
