package dev.rill.chat.ops;

import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.quota.Limit;
import java.time.Duration;

/** An event in the life of a response that is logged and counted for operators. Contains no prompt and no answer. */
public sealed interface Signal {

    ResponseId response();

    /** A request was accepted: the response is in the log. */
    record Accepted(ResponseId response) implements Signal {}

    /** A limit of its client refused a request, so the response is not created. */
    record LimitReached(ResponseId response, Limit limit) implements Signal {}

    /** An attempt holds the lease and is about to ask the model. */
    record Started(ResponseId response, int attempt) implements Signal {}

    /** The model failed before any output; the attempt asks it again after {@code delay}. */
    record Retrying(ResponseId response, ModelFailure failure, Duration delay) implements Signal {}

    /** The last client has disconnected. The answer continues into the log for the grace period. */
    record Unattended(ResponseId response) implements Signal {}

    /** A socket could not be written to and is closed; its client may reconnect and resume. */
    record Unreachable(ResponseId response, Throwable cause) implements Signal {}

    /**
     * A task was put back into the queue: another attempt holds the lease, or the quota of running responses is full.
     */
    record PutBack(ResponseId response) implements Signal {}

    /** An attempt has lost its lease: it has expired, or another attempt holds it. The attempt sends nothing more. */
    record LeaseLost(ResponseId response, int attempt) implements Signal {}

    /**
     * The response has ended: the terminal event is in the log.
     *
     * @param code the error code or the reason of an incomplete response; the empty string if it completed
     * @param events the number of events of the response
     * @param took the time since the start of the attempt; since the request, if the response ended without the model
     */
    record Ended(ResponseId response, Status status, String code, long events, Duration took) implements Signal {}

    /** An error of Rill itself. The cause is for operators and must not be sent to clients. */
    record UnexpectedError(ResponseId response, Throwable cause) implements Signal {}
}
