package dev.rill.aws.function;

import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Refusal;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Writes one line for each client that is refused, with the fields {@code refusal} (its code) and {@code reason}, which
 * the template's metric filters count. No line names a subject or holds a credential.
 */
public final class RefusalLog {

    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

    private RefusalLog() {}

    /** Logs a refusal; an outage with its cause. */
    public static void log(AuthenticationException refused) {
        var reason =
                refused.reason().map(it -> it.name().toLowerCase(Locale.ROOT)).orElse("none");
        try (var _ = MDC.putCloseable("refusal", refused.refusal().code());
                var _ = MDC.putCloseable("reason", reason)) {
            if (refused.refusal() == Refusal.AUTHENTICATION_UNAVAILABLE) {
                LOG.error("refused: the credentials can't be checked", refused.getCause());
            } else {
                LOG.warn("refused");
            }
        }
    }
}
