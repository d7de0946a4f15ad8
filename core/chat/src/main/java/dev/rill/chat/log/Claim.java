package dev.rill.chat.log;

import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Settlement;
import java.time.Instant;
import java.util.Optional;

/** The outcome of a claim of the lease of a response. */
public sealed interface Claim {

    /** The caller holds the lease as attempt {@code header.attempt()} until {@code header.leaseUntil()}. */
    record Granted(ResponseHeader header) implements Claim {}

    /**
     * Another attempt holds the lease until this instant.
     *
     * @param task the kind of the task that started it; empty if a request did
     */
    record Held(Instant until, Optional<Task.Kind> task) implements Claim {}

    /**
     * The response has ended.
     *
     * @param subscriptions the sockets and their positions before the last events. The log does not know whether those
     *     events were sent to them
     * @param task the kind of the task that started the attempt which ended it; empty if a request did
     * @param settlement what is booked for it; empty if it has no reservation
     */
    record Ended(Status status, Subscriptions subscriptions, Optional<Task.Kind> task, Optional<Settlement> settlement)
            implements Claim {

        /** The end of a response as its header tells. */
        public static Ended of(ResponseHeader header) {
            return new Ended(
                    header.status(),
                    header.directives().subscriptions(),
                    header.lease().task(),
                    header.settlement());
        }
    }

    /** The response does not exist: it has expired, was deleted, or was never created. */
    record Unknown() implements Claim {}
}
