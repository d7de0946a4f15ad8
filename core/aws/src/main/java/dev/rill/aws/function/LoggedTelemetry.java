package dev.rill.aws.function;

import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Writes each signal as a log line with the field {@code response_id}. No line holds a prompt, an output or a key. Safe
 * for use by many threads.
 */
public final class LoggedTelemetry implements Telemetry {

    private static final Logger LOG = LoggerFactory.getLogger(LoggedTelemetry.class);

    @Override
    public void emit(Signal signal) {
        try (var _ = MDC.putCloseable("response_id", signal.response().value())) {
            switch (signal) {
                case Signal.Accepted _ -> LOG.info("accepted");
                case Signal.Started(var _, var attempt) -> LOG.info("attempt {} started", attempt);
                case Signal.Retrying(var _, var failure, var delay) ->
                    LOG.warn("the model failed ({}); retrying in {} ms", failure.code(), delay.toMillis());
                case Signal.Unattended _ -> LOG.info("no subscriber is attached; the answer continues into the log");
                case Signal.Unreachable(var _, var cause) ->
                    LOG.warn("a socket can't be posted to and is closed", cause);
                case Signal.PutBack _ ->
                    LOG.info("put back: another attempt answers the response, or its group has reached its limit");
                case Signal.LeaseLost(var _, var attempt) -> LOG.warn("attempt {} lost its lease", attempt);
                case Signal.Ended(var _, var status, var code, var events, var took) ->
                    LOG.info("ended {} {} after {} events and {} ms", status.wire(), code, events, took.toMillis());
                case Signal.UnexpectedError(var _, var cause) -> LOG.error("unexpected error", cause);
            }
        }
    }
}
