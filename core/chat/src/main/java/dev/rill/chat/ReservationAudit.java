package dev.rill.chat;

import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Settles reservations that a function has left because it crashed: before it created the response, or after the
 * response had ended. The log tells which. Safe for use by many threads.
 */
final class ReservationAudit {

    /** How long a reservation of a response that has not ended is left alone. */
    private static final Duration RECHECK_DELAY = Duration.ofMinutes(15);

    private final ResponseLog log;
    private final Quota quota;
    private final Time time;
    private final Telemetry telemetry;

    ReservationAudit(ResponseLog log, Quota quota, Time time, Telemetry telemetry) {
        this.log = log;
        this.quota = quota;
        this.time = time;
        this.telemetry = telemetry;
    }

    /** Looks at overdue reservations. A failure emits a signal; the next request tries again. */
    void settleOverdue(QuotaKey quotaKey, List<Overdue> overdue) {
        for (var each : overdue) {
            try {
                settle(quotaKey, each);
            } catch (RuntimeException e) {
                telemetry.emit(new Signal.UnexpectedError(each.id(), e));
            }
        }
    }

    private void settle(QuotaKey quotaKey, Overdue overdue) {
        var found = log.find(overdue.id());
        if (reservationId(found).filter(overdue.reservationId()::equals).isEmpty()) {
            quota.cancel(quotaKey, overdue);
        } else if (found.orElseThrow().status().ended()) {
            quota.settle(quotaKey, overdue.id(), found.orElseThrow().settlement());
        } else {
            quota.keep(quotaKey, overdue.id(), time.instant().plus(RECHECK_DELAY));
        }
    }

    /**
     * Frees what a repeat has taken whose response existed: a reservation of its own, or the place if the response has
     * ended. The response still needs its place while it runs.
     *
     * @param repeat the header that was not created
     * @param until as of its {@link dev.rill.chat.quota.Candidate}
     */
    void releaseRepeat(ResponseHeader repeat, Instant until) {
        var found = log.find(repeat.id());
        var own = repeat.reservation().map(Reservation::id);
        if (own.isPresent() && !own.equals(reservationId(found))) {
            quota.cancel(repeat.quotaKey(), new Overdue(repeat.id(), own.get(), until));
        } else if (found.map(header -> header.status().ended()).orElse(true)) {
            quota.settle(repeat.quotaKey(), repeat.id(), found.flatMap(ResponseHeader::settlement));
        }
    }

    private static Optional<String> reservationId(Optional<ResponseHeader> header) {
        return header.flatMap(ResponseHeader::reservation).map(Reservation::id);
    }
}
