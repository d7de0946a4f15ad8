package dev.rill.local.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which faults are wanted, and how often. Every probability is from 0, never, to 1, always.
 *
 * @param seed equal seeds give equal choices to equal sequences of calls
 */
record FaultPlan(long seed, Connections connections, Queue queue, DynamoDb dynamoDb) {
    /** No fault at all. */
    static final FaultPlan NONE = new FaultPlan(0, Connections.NONE, Queue.NONE, DynamoDb.NONE);

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * What becomes of a post to {@code @connections}: one of these at most, so that they add up to 1 at most.
     *
     * @param types only posts of a message of one of these event types go wrong; empty for every post
     */
    record Connections(double gone, double limitExceeded, double serverError, double hang, Set<String> types) {
        static final Connections NONE = new Connections(0, 0, 0, 0, Set.of());

        Connections {
            // Sorted: they are shown as JSON.
            types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
        }

        double sum() {
            return gone + limitExceeded + serverError + hang;
        }
    }

    /**
     * What becomes of a message that was received; each is chosen for itself.
     *
     * @param late how often it comes again after it was handled
     * @param lateAfter how long after
     */
    record Queue(double twice, double late, Duration lateAfter) {
        static final Queue NONE = new Queue(0, 0, Duration.ZERO);
    }

    /** What becomes of a request to DynamoDB: one of these at most, so that they add up to 1 at most. */
    record DynamoDb(double throttled, double conditionalFailed, double internalError) {
        static final DynamoDb NONE = new DynamoDb(0, 0, 0);

        double sum() {
            return throttled + conditionalFailed + internalError;
        }
    }

    /** The plan as {@link FaultPlanReader} reads it, with every field. */
    ObjectNode json() {
        var json = JSON.createObjectNode().put("seed", seed);
        json.putObject("connections")
                .put("gone", connections.gone())
                .put("limit_exceeded", connections.limitExceeded())
                .put("server_error", connections.serverError())
                .put("hang", connections.hang());
        connections.types().forEach(json.withObject("/connections").putArray("types")::add);
        json.putObject("queue")
                .put("twice", queue.twice())
                .put("late", queue.late())
                .put("late_seconds", queue.lateAfter().toMillis() / 1000.0);
        json.putObject("dynamodb")
                .put("throttled", dynamoDb.throttled())
                .put("conditional_failed", dynamoDb.conditionalFailed())
                .put("internal_error", dynamoDb.internalError());
        return json;
    }
}
