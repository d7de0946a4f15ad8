package dev.rill.chat.queue;

import dev.rill.chat.protocol.ResponseId;
import java.time.Instant;

/**
 * Port: how many responses of a group wait and run at once. A response counts once, whatever its prompt is delivered,
 * and no longer than until the instant given, should its end never be told. Safe for use by many threads.
 */
public interface Quota {

    /** Lets a response wait, if there is room among those that wait; the same again changes nothing. */
    Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until);

    /**
     * Prolongs the place of a response that still waits; does nothing where it has none, such as one that runs already.
     */
    void extend(QuotaKey quotaKey, ResponseId id, Instant until);

    /**
     * Lets a response run, if there is room among those that run, and makes room among those that wait; the same again
     * only prolongs.
     */
    Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until);

    /** The response has ended, or was never taken. */
    void release(QuotaKey quotaKey, ResponseId id);

    /** What came of asking. */
    enum Admission {
        ADMITTED,
        FULL
    }

    /** No limit, for rehearsals and for deployments that set none. */
    Quota UNLIMITED = new Quota() {
        @Override
        public Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until) {
            return Admission.ADMITTED;
        }

        @Override
        public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {}

        @Override
        public Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until) {
            return Admission.ADMITTED;
        }

        @Override
        public void release(QuotaKey quotaKey, ResponseId id) {}
    };
}
