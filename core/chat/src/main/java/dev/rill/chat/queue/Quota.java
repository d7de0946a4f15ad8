package dev.rill.chat.queue;

import dev.rill.chat.protocol.ResponseId;
import java.time.Instant;

/**
 * Port: limits the number of responses with the same {@link QuotaKey} that are queued, and of those that run. A
 * response counts once, however often its task is delivered. Its place expires at the instant that was given last, in
 * case {@link #release} is never called. Safe for use by many threads.
 */
public interface Quota {

    /**
     * Takes a place among the queued responses, if one is free. A second call for the same response changes nothing.
     */
    Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until);

    /** Prolongs the place of a queued response. Does nothing if it has none, for example because it runs already. */
    void extend(QuotaKey quotaKey, ResponseId id, Instant until);

    /**
     * Takes a place among the running responses, if one is free, and frees its place among the queued ones. A second
     * call for the same response prolongs its place.
     */
    Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until);

    /** Frees the places of a response that has ended or was refused. Does nothing if it has none. */
    void release(QuotaKey quotaKey, ResponseId id);

    /** The outcome of a request for a place. */
    enum Admission {
        ADMITTED,
        FULL
    }

    /** No limit: for priming, and for deployments that set none. */
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
