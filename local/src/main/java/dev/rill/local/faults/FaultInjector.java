package dev.rill.local.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.dynamodb.DynamoDbFaults;
import dev.rill.local.dynamodb.DynamoDbRequest;
import dev.rill.local.gateway.ConnectionFaults;
import dev.rill.local.sqs.Redeliveries.Redelivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Chooses faults by the current plan, and counts them. Each kind of call has its own sequence of random numbers, so
 * that the fault of the first post does not depend on earlier queue messages. Safe for use by many threads.
 */
final class FaultInjector {
    private static final JsonMapper JSON = new JsonMapper();

    private volatile ActivePlan active = new ActivePlan(FaultPlan.NONE);
    private volatile Counts counts = new Counts();

    /** A plan and its random numbers. */
    private static final class ActivePlan {
        final FaultPlan plan;
        final SeededRandom posts;
        final SeededRandom twice;
        final SeededRandom late;
        final SeededRandom requests;

        ActivePlan(FaultPlan plan) {
            this.plan = plan;
            var random = new SplittableRandom(plan.seed());
            posts = new SeededRandom(random.split());
            twice = new SeededRandom(random.split());
            late = new SeededRandom(random.split());
            requests = new SeededRandom(random.split());
        }
    }

    FaultPlan plan() {
        return active.plan;
    }

    /** Replaces the plan, from the next call on. A late delivery that was chosen before still happens. */
    void plan(FaultPlan plan) {
        active = new ActivePlan(plan);
    }

    Counts counts() {
        return counts;
    }

    /** Sets all counts to zero. */
    void resetCounts() {
        counts = new Counts();
    }

    /** Implements {@link ConnectionFaults#beforePost}. */
    ConnectionFaults.Fault nextPost(byte[] message) {
        var now = active;
        var count = counts;
        count.connections("posts");
        var chances = now.plan.connections();
        if (!chances.types().isEmpty() && !chances.types().contains(type(message))) {
            return ConnectionFaults.Fault.NONE;
        }
        double roll = now.posts.next();
        if ((roll -= chances.gone()) < 0) {
            count.connections("gone");
            return ConnectionFaults.Fault.GONE;
        }
        if ((roll -= chances.limitExceeded()) < 0) {
            count.connections("limit_exceeded");
            return ConnectionFaults.Fault.LIMIT_EXCEEDED;
        }
        if ((roll -= chances.serverError()) < 0) {
            count.connections("server_error");
            return ConnectionFaults.Fault.SERVER_ERROR;
        }
        if (roll < chances.hang()) {
            count.connections("hang");
            return ConnectionFaults.Fault.HANG;
        }
        return ConnectionFaults.Fault.NONE;
    }

    /** The {@code type} of a message; empty text if it has none. */
    private static String type(byte[] message) {
        try {
            return JSON.readTree(message).path("type").asText();
        } catch (IOException e) {
            return "";
        }
    }

    /** Implements {@link dev.rill.local.sqs.Redeliveries#of}. */
    List<Redelivery> nextMessage() {
        var now = active;
        var count = counts;
        count.queue("messages");
        var chances = now.plan.queue();
        var redeliveries = new ArrayList<Redelivery>();
        if (now.twice.next() < chances.twice()) {
            count.queue("twice");
            redeliveries.add(new Redelivery.Duplicate());
        }
        if (now.late.next() < chances.late()) {
            count.queue("late");
            redeliveries.add(new Redelivery.Late(chances.lateAfter()));
        }
        return redeliveries;
    }

    /**
     * Implements {@link DynamoDbFaults#before}. The fault that only applies to conditional requests is checked last.
     */
    DynamoDbFaults.Fault next(DynamoDbRequest request) {
        var now = active;
        var count = counts;
        count.dynamoDb("requests");
        count.operation(request.operation());
        request.tables().forEach(count::table);
        var chances = now.plan.dynamoDb();
        double roll = now.requests.next();
        if ((roll -= chances.throttled()) < 0) {
            count.dynamoDb("throttled");
            return DynamoDbFaults.Fault.THROTTLED;
        }
        if ((roll -= chances.internalError()) < 0) {
            count.dynamoDb("internal_error");
            return DynamoDbFaults.Fault.INTERNAL_ERROR;
        }
        if (roll < chances.conditionalFailed() && request.isConditional()) {
            count.dynamoDb("conditional_failed");
            return DynamoDbFaults.Fault.CONDITIONAL_FAILED;
        }
        return DynamoDbFaults.Fault.NONE;
    }
}
