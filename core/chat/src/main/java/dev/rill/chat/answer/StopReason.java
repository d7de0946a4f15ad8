package dev.rill.chat.answer;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

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
    /** The model has sent more than the tokens that are reserved for the response. */
    BUDGET_EXCEEDED("budget_exceeded");

    private static final Set<String> WIRE =
            Arrays.stream(values()).map(StopReason::wire).collect(Collectors.toUnmodifiableSet());

    private final String wire;

    StopReason(String wire) {
        this.wire = wire;
    }

    /** Whether an {@code incomplete_details.reason} is one of these. */
    static boolean isOne(String reason) {
        return WIRE.contains(reason);
    }

    /** The {@code incomplete_details.reason} of the response. */
    String wire() {
        return wire;
    }
}
