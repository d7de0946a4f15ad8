package dev.rill.aws.function;

import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Writes signals as log lines that carry {@code response_id}; no line has a prompt, an answer or a key. */
public final class LoggedTelemetry implements Telemetry {

    private static final Logger LOG = LoggerFactory.getLogger(LoggedTelemetry.class);

    @Override
    public void emit(Signal signal) {
        try (var _ = MDC.putCloseable("response_id", signal.response().value())) {
            switch (signal) {
                case Signal.Accepted _ -> LOG.info("accepted");
                case Signal.Started(var _, var attempt) -> LOG.info("attempt {} started", attempt);
                case Signal.Retrying(var _, var failure, var delay) ->
                    LOG.warn("the model failed ({}); asked again in {} ms", failure.code(), delay.toMillis());
                case Signal.Unattended _ -> LOG.info("nobody is attached; the answer goes on into the log");
                case Signal.Unreachable(var _, var cause) -> LOG.warn("a socket can't be reached and is closed", cause);
                case Signal.PutBack _ ->
                    LOG.info("put back: another attempt is at it, or its group runs as many as it may");
                case Signal.LeaseLost(var _, var attempt) -> LOG.warn("attempt {} has lost its lease", attempt);
                case Signal.Ended(var _, var status, var code, var events, var took) ->
                    LOG.info("ended {} {} after {} events and {} ms", status.wire(), code, events, took.toMillis());
                case Signal.UnexpectedError(var _, var cause) -> LOG.error("an error of this system", cause);
            }
        }
    }
}
