package dev.rill.aws.function;

import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.quota.Limit;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Writes each signal as a log line with the field {@code response_id}. The template's metric filters count the fields
 * {@code limit} (a request that a limit refused) and {@code ended} (the code with which a response did not complete).
 * No line names a subject, or holds a prompt, an output or a key. Safe for use by many threads.
 */
public final class LoggedTelemetry implements Telemetry {

    private static final Logger LOG = LoggerFactory.getLogger(LoggedTelemetry.class);

    /** Where every name is allowed, a client chooses its length. */
    private static final int MAX_NAME = 64;

    @Override
    public void emit(Signal signal) {
        try (var _ = MDC.putCloseable("response_id", signal.response().value())) {
            switch (signal) {
                case Signal.Accepted _ -> LOG.info("accepted");
                case Signal.LimitReached(var _, var limit) -> logLimit(limit);
                case Signal.Started(var _, var attempt) -> LOG.info("attempt {} started", attempt);
                case Signal.Retrying(var _, var failure, var delay) ->
                    LOG.warn("the model failed ({}); retrying in {} ms", failure.code(), delay.toMillis());
                case Signal.Unattended _ -> LOG.info("no subscriber is attached; the answer continues into the log");
                case Signal.Unreachable(var _, var cause) ->
                    LOG.warn("a socket can't be posted to and is closed", cause);
                case Signal.PutBack _ ->
                    LOG.info("put back: another attempt answers the response, or its group has reached its limit");
                case Signal.LeaseLost(var _, var attempt) -> LOG.warn("attempt {} lost its lease", attempt);
                case Signal.Ended ended -> logEnd(ended);
                case Signal.UnexpectedError(var _, var cause) -> LOG.error("unexpected error", cause);
            }
        }
    }

    /**
     * Logs that a server of a model has failed before any output, and that the next one is asked.
     *
     * @param model the name that clients know
     * @param server the index of the server in the operator's list, from 0
     */
    public static void fallback(String model, int server, ModelFailure failure) {
        var shown = model.substring(0, Math.min(model.length(), MAX_NAME));
        LOG.warn("server {} of the model '{}' failed ({}); the next one is asked", server, shown, failure.code());
    }

    private static void logLimit(Limit limit) {
        try (var _ = MDC.putCloseable("limit", limit.name().toLowerCase(Locale.ROOT))) {
            LOG.warn("refused: a limit is reached");
        }
    }

    private static void logEnd(Signal.Ended ended) {
        try (var _ = ended.code().isEmpty() ? null : MDC.putCloseable("ended", ended.code())) {
            LOG.info(
                    "ended {} {} after {} events and {} ms",
                    ended.status().wire(),
                    ended.code(),
                    ended.events(),
                    ended.took().toMillis());
        }
    }
}
