package dev.rill.chat.quota;

import dev.rill.chat.protocol.ResponseId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: keeps the {@link Account} of each client. A response counts once, however often its task is delivered. Its
 * place expires at the instant that was given last; its reservation stays until it is settled or cancelled. Each method
 * changes one account atomically. Safe for use by many threads. Every method throws a {@link RuntimeException} if the
 * account can't be reached; whether a change took effect is unknown then.
 */
public interface Quota {

    /** As {@link Account#admitQueued}. */
    Admission admitQueued(Candidate candidate);

    /** As {@link Account#admitInline}. */
    Admission admitInline(Candidate candidate);

    /** As {@link Account#admitRunning}. */
    boolean admitRunning(QuotaKey quotaKey, ResponseId id, Instant until, long limit);

    /** As {@link Account#extend}. */
    void extend(QuotaKey quotaKey, ResponseId id, Instant until);

    /**
     * As {@link Account#settle}.
     *
     * @param settlement empty for a response that was created without a reservation
     */
    void settle(QuotaKey quotaKey, ResponseId id, Optional<Settlement> settlement);

    /** As {@link Account#cancel}. */
    void cancel(QuotaKey quotaKey, Overdue abandoned);

    /** As {@link Account#keep}. */
    void keep(QuotaKey quotaKey, ResponseId id, Instant until);

    /** Returns the account of a client, with the periods of its last change; {@link Account#EMPTY} if it has none. */
    Account account(QuotaKey quotaKey);

    /** Keeps no account and admits every request: for priming. */
    Quota UNLIMITED = new Quota() {
        @Override
        public Admission admitQueued(Candidate candidate) {
            return new Admission.Admitted(Account.fullReservation(candidate), Standing.UNLIMITED, List.of());
        }

        @Override
        public Admission admitInline(Candidate candidate) {
            return admitQueued(candidate);
        }

        @Override
        public boolean admitRunning(QuotaKey quotaKey, ResponseId id, Instant until, long limit) {
            return true;
        }

        @Override
        public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {}

        @Override
        public void settle(QuotaKey quotaKey, ResponseId id, Optional<Settlement> settlement) {}

        @Override
        public void cancel(QuotaKey quotaKey, Overdue abandoned) {}

        @Override
        public void keep(QuotaKey quotaKey, ResponseId id, Instant until) {}

        @Override
        public Account account(QuotaKey quotaKey) {
            return Account.EMPTY;
        }
    };
}
