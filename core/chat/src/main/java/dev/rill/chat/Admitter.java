package dev.rill.chat;

import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Candidate;
import java.util.function.Function;

/** Asks for places in the quota. Safe for use by many threads. */
final class Admitter {

    private final ReservationAudit audit;
    private final Time time;
    private final Telemetry telemetry;

    Admitter(ReservationAudit audit, Time time, Telemetry telemetry) {
        this.audit = audit;
        this.time = time;
        this.telemetry = telemetry;
    }

    /**
     * Makes a request for a place, and again once abandoned reservations are settled, if they may be in its way. Of an
     * admitted request the caller settles them after it has created the response, which must not be late.
     *
     * @throws ApiException 429 if a limit is reached
     */
    Admission.Admitted admit(Candidate candidate, Function<Candidate, Admission> request) throws ApiException {
        var admission = request.apply(candidate);
        if (admission instanceof Admission.Refused && !admission.overdue().isEmpty()) {
            audit.settleOverdue(candidate.quotaKey(), admission.overdue());
            admission = request.apply(candidate);
        }
        return switch (admission) {
            case Admission.Admitted admitted -> admitted;
            case Admission.Refused refused -> {
                telemetry.emit(new Signal.LimitReached(candidate.id(), refused.limit()));
                throw LimitErrors.of(refused, time.instant());
            }
        };
    }

    /** Settles the abandoned reservations that an admission has named. */
    void settleOverdue(Candidate candidate, Admission.Admitted admitted) {
        audit.settleOverdue(candidate.quotaKey(), admitted.overdue());
    }
}
