package dev.rill.local.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which faults are injected, and how often. A probability is from 0 (never) to 1 (always).
 *
 * @param seed equal seeds give equal choices to equal sequences of calls
 */
record FaultPlan(long seed, Connections connections, Queue queue, DynamoDb dynamoDb) {
    /** Injects no fault. */
    static final FaultPlan NONE = new FaultPlan(0, Connections.NONE, Queue.NONE, DynamoDb.NONE);

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Probabilities of the faults of a post to {@code @connections}. A post has at most one fault, so their sum is at
     * most 1.
     *
     * @param types limits the faults to posts of messages of these event types; empty for all posts
     */
    record Connections(double gone, double limitExceeded, double serverError, double hang, Set<String> types) {
        static final Connections NONE = new Connections(0, 0, 0, 0, Set.of());

        Connections {
            // Sorted, so that their order in JSON is stable.
            types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
        }

        double sum() {
            return gone + limitExceeded + serverError + hang;
        }
    }

    /**
     * Probabilities of repeated deliveries of a received message. The two are chosen independently.
     *
     * @param late probability that the message is delivered again after it was handled
     * @param lateAfter delay of that delivery
     */
    record Queue(double twice, double late, Duration lateAfter) {
        static final Queue NONE = new Queue(0, 0, Duration.ZERO);
    }

    /**
     * Probabilities of the faults of a request to DynamoDB. A request has at most one fault, so their sum is at most 1.
     */
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
