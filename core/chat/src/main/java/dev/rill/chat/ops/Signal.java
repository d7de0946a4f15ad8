package dev.rill.chat.ops;

import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import java.time.Duration;

/**
 * Something that happened to a response and that an operator wants logged or counted. Carries no prompt and no answer.
 */
public sealed interface Signal {

    ResponseId response();

    /** A request was taken; its log has begun. */
    record Accepted(ResponseId response) implements Signal {}

    /** An attempt has the lease and asks the model. */
    record Started(ResponseId response, int attempt) implements Signal {}

    /** The model failed before any output and is asked again after a while. */
    record Retrying(ResponseId response, ModelFailure failure, Duration delay) implements Signal {}

    /** Nobody takes this response's events any more; it goes on into the log for the grace period. */
    record Unattended(ResponseId response) implements Signal {}

    /** A socket could not be written to and is given up; its client may come back. */
    record Unreachable(ResponseId response, Throwable cause) implements Signal {}

    /** A prompt came while another attempt was at its response, or its group ran as many as it may; it is put back. */
    record PutBack(ResponseId response) implements Signal {}

    /** The lease ran out, or another attempt has it: this one says nothing more. */
    record LeaseLost(ResponseId response, int attempt) implements Signal {}

    /**
     * The terminal event is in the log.
     *
     * @param code why it failed or is incomplete; empty text if it completed
     * @param events how many there were
     * @param took from the start of this attempt
     */
    record Ended(ResponseId response, Status status, String code, long events, Duration took) implements Signal {}

    /** An error that is this system's own. The cause is for the log alone. */
    record UnexpectedError(ResponseId response, Throwable cause) implements Signal {}
}
