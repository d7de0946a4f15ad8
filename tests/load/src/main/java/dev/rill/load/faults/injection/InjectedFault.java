package dev.rill.load.faults.injection;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A fault that was injected.
 *
 * @param to its end; equal to {@code from} if it takes no time
 */
public record InjectedFault(Kind kind, Instant from, Instant to) {

    /** What each kind excuses; a kind that is missing here excuses nothing. */
    private static final Map<Kind, Set<Excuse>> EXCUSES = Map.of(
            Kind.WORKER_KILLED, Set.of(Excuse.MODEL_CALL, Excuse.REPEAT, Excuse.PLACE),
            Kind.WORKER_FROZEN, Set.of(Excuse.MODEL_CALL, Excuse.REPEAT),
            Kind.MESSAGE_FUNCTION_KILLED, Set.of(Excuse.REPEAT, Excuse.PLACE),
            Kind.STREAM_FUNCTION_KILLED, Set.of(Excuse.PLACE),
            Kind.QUEUE_REPEATS, Set.of(Excuse.REPEAT),
            Kind.TABLES_FAIL, Set.of(Excuse.PLACE));

    /** What is a broken promise unless a fault excuses it. */
    public enum Excuse {
        /** One more model call for a prompt, which is billed twice then. */
        MODEL_CALL,
        /** An event that arrives twice on one connection, unrequested. */
        REPEAT,
        /** A place in a quota that is still taken after the scenario, until its own time limit. */
        PLACE
    }

    /** The kinds of faults. */
    public enum Kind {
        /**
         * {@code kill -9}: other workers restart its answers, and the messages are delivered again after the terminal
         * events.
         */
        WORKER_KILLED,
        /** {@code SIGSTOP} for longer than a lease: other workers take it for dead, and then it continues. */
        WORKER_FROZEN,
        /**
         * {@code kill -9}: the function may have taken a place for a response that it did not create, and its messages
         * are posted again.
         */
        MESSAGE_FUNCTION_KILLED,
        /** {@code kill -9}: its answers fail, and none is restarted. */
        STREAM_FUNCTION_KILLED,
        /** {@code kill -9}: a socket fails to open. */
        CONNECT_FUNCTION_KILLED,
        /** SQS messages are delivered twice: a delivery after the terminal event sends the terminal event again. */
        QUEUE_REPEATS,
        /** Posts to sockets fail; a post that fails has not reached the client. */
        POSTS_FAIL,
        /** Requests to DynamoDB fail, including the one that frees a place. */
        TABLES_FAIL
    }

    public static InjectedFault at(Kind kind, Instant when) {
        return new InjectedFault(kind, when, when);
    }

    public boolean excuses(Excuse what) {
        return EXCUSES.getOrDefault(kind, Set.of()).contains(what);
    }
}
