package dev.rill.load.faults.injection;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * Something that was done to the stack.
 *
 * @param to the end of it; equal to {@code from} where it takes no time
 */
public record InjectedFault(Kind kind, Instant from, Instant to) {

    /** What each kind excuses; one that is not here excuses nothing. */
    private static final Map<Kind, Set<Excuse>> EXCUSES = Map.of(
            Kind.WORKER_KILLED, Set.of(Excuse.MODEL_CALL, Excuse.REPEAT, Excuse.PLACE),
            Kind.WORKER_FROZEN, Set.of(Excuse.MODEL_CALL, Excuse.REPEAT),
            Kind.MESSAGE_FUNCTION_KILLED, Set.of(Excuse.REPEAT, Excuse.PLACE),
            Kind.STREAM_FUNCTION_KILLED, Set.of(Excuse.PLACE),
            Kind.QUEUE_REPEATS, Set.of(Excuse.REPEAT),
            Kind.TABLES_FAIL, Set.of(Excuse.PLACE));

    /** What only harm excuses. */
    public enum Excuse {
        /** One more call of the model for a prompt: the second bill. */
        MODEL_CALL,
        /** An event that comes twice on one line, unasked. */
        REPEAT,
        /** A place in a group's quota that is still taken when all is over, until its time runs out. */
        PLACE
    }

    /** What was done. */
    public enum Kind {
        /** {@code kill -9}: its answers are begun again, and their prompts come again after their ends. */
        WORKER_KILLED,
        /** {@code SIGSTOP} for longer than a lease: for all others it is dead, and then it wakes. */
        WORKER_FROZEN,
        /**
         * {@code kill -9}: it may have taken a place for a response that it did not live to create, and what it has
         * posted is posted again.
         */
        MESSAGE_FUNCTION_KILLED,
        /** {@code kill -9}: its answers fail, none is begun again. */
        STREAM_FUNCTION_KILLED,
        /** {@code kill -9}: a socket is not opened. */
        CONNECT_FUNCTION_KILLED,
        /** Messages of the queue are delivered twice: one that comes after the end sends the end again. */
        QUEUE_REPEATS,
        /** Posts fail; none that fails has reached the client. */
        POSTS_FAIL,
        /** Requests to DynamoDB fail, among them the one that frees a place. */
        TABLES_FAIL
    }

    public static InjectedFault at(Kind kind, Instant when) {
        return new InjectedFault(kind, when, when);
    }

    public boolean excuses(Excuse what) {
        return EXCUSES.getOrDefault(kind, Set.of()).contains(what);
    }
}
