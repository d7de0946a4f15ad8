package dev.rill.local.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.dynamodb.DynamoDbFaults;
import dev.rill.local.dynamodb.DynamoDbRequest;
import dev.rill.local.gateway.Faults;
import dev.rill.local.sqs.Redeliveries.Redelivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The plan in force, the choices that it leads to, and their counts. Safe for use by many threads. Each kind of call
 * has random numbers of its own: the first post gets the same fate whatever came through the queue before.
 */
final class Injection {
    private static final JsonMapper JSON = new JsonMapper();

    private volatile Active active = new Active(FaultPlan.NONE);
    private volatile Counts counts = new Counts();

    /** A plan with its dice, which start anew with it. */
    private static final class Active {
        final FaultPlan plan;
        final Dice posts;
        final Dice twice;
        final Dice late;
        final Dice requests;

        Active(FaultPlan plan) {
            this.plan = plan;
            var random = new SplittableRandom(plan.seed());
            posts = new Dice(random.split());
            twice = new Dice(random.split());
            late = new Dice(random.split());
            requests = new Dice(random.split());
        }
    }

    FaultPlan plan() {
        return active.plan;
    }

    /**
     * Puts another plan in force, from the next call on. What the last one has begun, such as a late delivery, still
     * happens.
     */
    void plan(FaultPlan plan) {
        active = new Active(plan);
    }

    Counts counts() {
        return counts;
    }

    /** Starts to count from zero. */
    void forgetCounts() {
        counts = new Counts();
    }

    /** For {@link Faults#beforePost}. */
    Faults.Fault nextPost(byte[] message) {
        var now = active;
        var count = counts;
        count.connections("posts");
        var chances = now.plan.connections();
        if (!chances.types().isEmpty() && !chances.types().contains(type(message))) {
            return Faults.Fault.NONE;
        }
        double roll = now.posts.roll();
        if ((roll -= chances.gone()) < 0) {
            count.connections("gone");
            return Faults.Fault.GONE;
        }
        if ((roll -= chances.limitExceeded()) < 0) {
            count.connections("limit_exceeded");
            return Faults.Fault.LIMIT_EXCEEDED;
        }
        if ((roll -= chances.serverError()) < 0) {
            count.connections("server_error");
            return Faults.Fault.SERVER_ERROR;
        }
        if (roll < chances.hang()) {
            count.connections("hang");
            return Faults.Fault.HANG;
        }
        return Faults.Fault.NONE;
    }

    /** The {@code type} of a message; empty text where it has none. */
    private static String type(byte[] message) {
        try {
            return JSON.readTree(message).path("type").asText();
        } catch (IOException e) {
            return "";
        }
    }

    /** For {@link dev.rill.local.sqs.Redeliveries#of}. */
    List<Redelivery> nextMessage() {
        var now = active;
        var count = counts;
        count.queue("messages");
        var chances = now.plan.queue();
        var redeliveries = new ArrayList<Redelivery>();
        if (now.twice.roll() < chances.twice()) {
            count.queue("twice");
            redeliveries.add(new Redelivery.Twin());
        }
        if (now.late.roll() < chances.late()) {
            count.queue("late");
            redeliveries.add(new Redelivery.Late(chances.lateAfter()));
        }
        return redeliveries;
    }

    /** For {@link DynamoDbFaults#before}. The last fault in the row is the one that some requests cannot have. */
    DynamoDbFaults.Fault next(DynamoDbRequest request) {
        var now = active;
        var count = counts;
        count.dynamoDb("requests");
        count.operation(request.operation());
        var chances = now.plan.dynamoDb();
        double roll = now.requests.roll();
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
