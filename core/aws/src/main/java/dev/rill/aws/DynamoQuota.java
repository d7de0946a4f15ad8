package dev.rill.aws;

import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.QUEUED;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.RUNNING;
import static dev.rill.aws.Attributes.SEQUENCE;

import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Places of groups in the table of responses. A group has one item with two maps, one of queued and one of running
 * responses, each from a response's id to the instant at which its place expires. Each change is one conditional write,
 * so a limit holds for any number of concurrent callers. Errors are the SDK's, thrown after its retries. Safe for use
 * by many threads.
 */
public final class DynamoQuota implements Quota, Primable {

    /** Tries to take a place: one creates the item, one expires places, and two may be lost to other callers. */
    private static final int TRIES = 4;

    /** How long the item outlives its last place: longer than any place lasts. */
    private static final Duration ITEM_MARGIN = Duration.ofDays(15);

    private static final String HAS_ITEM = "attribute_exists(" + RUNNING + ")";

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;
    private final int maxRunning;
    private final int maxQueued;

    /**
     * Makes a quota.
     *
     * @param maxRunning responses of one group that are answered at once
     * @param maxQueued responses of one group that wait
     */
    public DynamoQuota(DynamoDbClient dynamoDb, String table, InstantSource clock, int maxRunning, int maxQueued) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
        this.maxRunning = maxRunning;
        this.maxQueued = maxQueued;
    }

    @Override
    public void prime() {
        prime(this, clock.instant());
    }

    /** Leaves out {@code admitQueued} and {@code admitRunning}, which would write the group's item. */
    static void prime(Quota quota, Instant now) {
        quota.extend(QuotaKey.PRIMING, ResponseId.PRIMING, now);
        quota.release(QuotaKey.PRIMING, ResponseId.PRIMING);
    }

    @Override
    public Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until) {
        return admit(
                quotaKey,
                id,
                until,
                QUEUED,
                maxQueued,
                "SET " + QUEUED + ".#id = if_not_exists(" + QUEUED + ".#id, :until), " + EXPIRES_AT + " = :expires");
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(key(quotaKey))
                    .updateExpression("SET " + QUEUED + ".#id = :until, " + EXPIRES_AT + " = :expires")
                    .conditionExpression("attribute_exists(" + QUEUED + ".#id)")
                    .expressionAttributeNames(Map.of("#id", id.value()))
                    .expressionAttributeValues(Map.of(
                            ":until",
                            AttributeValues.millis(until),
                            ":expires",
                            AttributeValues.seconds(until.plus(ITEM_MARGIN)))));
        } catch (ConditionalCheckFailedException _) {
            // The response is not queued any more.
        }
    }

    @Override
    public Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until) {
        return admit(
                quotaKey,
                id,
                until,
                RUNNING,
                maxRunning,
                "SET " + RUNNING + ".#id = :until, " + EXPIRES_AT + " = :expires REMOVE " + QUEUED + ".#id");
    }

    @Override
    public void release(QuotaKey quotaKey, ResponseId id) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(key(quotaKey))
                    .updateExpression("REMOVE " + RUNNING + ".#id, " + QUEUED + ".#id")
                    .conditionExpression(HAS_ITEM)
                    .expressionAttributeNames(Map.of("#id", id.value())));
        } catch (ConditionalCheckFailedException _) {
            // The group has no item, so the response has no place.
        }
    }

    private Admission admit(QuotaKey quotaKey, ResponseId id, Instant until, String places, int limit, String change) {
        for (int tries = 1; ; tries++) {
            try {
                dynamoDb.updateItem(update -> update.tableName(table)
                        .key(key(quotaKey))
                        .updateExpression(change)
                        .conditionExpression(
                                HAS_ITEM + " AND (size(#places) < :limit OR attribute_exists(#places.#id))")
                        .expressionAttributeNames(Map.of("#places", places, "#id", id.value()))
                        .expressionAttributeValues(Map.of(
                                ":until",
                                AttributeValues.millis(until),
                                ":limit",
                                AttributeValues.of(limit),
                                ":expires",
                                AttributeValues.seconds(until.plus(ITEM_MARGIN))))
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
                return Admission.ADMITTED;
            } catch (ConditionalCheckFailedException e) {
                var full = e.hasItem()
                        && AttributeValues.require(e.item(), places).m().size() >= limit;
                if (full && (tries >= TRIES || !removeExpired(quotaKey, places, e.item()))) {
                    return Admission.FULL;
                }
                if (tries >= TRIES) {
                    // The item has room and the write was refused: other callers changed it in between.
                    throw e;
                }
                if (!e.hasItem() && createItem(quotaKey, id, until, places)) {
                    return Admission.ADMITTED;
                }
            }
        }
    }

    /** Creates the group's item with this place in it; returns false if the group has an item already. */
    private boolean createItem(QuotaKey quotaKey, ResponseId id, Instant until, String places) {
        var item = new HashMap<>(key(quotaKey));
        item.put(RUNNING, AttributeValue.fromM(Map.of()));
        item.put(QUEUED, AttributeValue.fromM(Map.of()));
        item.put(places, AttributeValue.fromM(Map.of(id.value(), AttributeValues.millis(until))));
        item.put(EXPIRES_AT, AttributeValues.seconds(until.plus(ITEM_MARGIN)));
        try {
            dynamoDb.putItem(put ->
                    put.tableName(table).item(item).conditionExpression("attribute_not_exists(" + RESPONSE_ID + ")"));
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    /** Removes the places that have expired; returns false if there were none. */
    private boolean removeExpired(QuotaKey quotaKey, String places, Map<String, AttributeValue> item) {
        var now = clock.instant().toEpochMilli();
        var expired = AttributeValues.require(item, places).m().entrySet().stream()
                .filter(entry -> Long.parseLong(entry.getValue().n()) <= now)
                .toList();
        for (var place : expired) {
            try {
                dynamoDb.updateItem(update -> update.tableName(table)
                        .key(key(quotaKey))
                        .updateExpression("REMOVE #places.#id")
                        .conditionExpression("#places.#id = :until")
                        .expressionAttributeNames(Map.of("#places", places, "#id", place.getKey()))
                        .expressionAttributeValues(Map.of(":until", place.getValue())));
            } catch (ConditionalCheckFailedException _) {
                // Another caller has extended or removed the place in between.
            }
        }
        return !expired.isEmpty();
    }

    static Map<String, AttributeValue> key(QuotaKey quotaKey) {
        return Map.of(
                RESPONSE_ID,
                AttributeValues.of("group#" + Sha256.hex(quotaKey.value())),
                SEQUENCE,
                AttributeValues.of(HeaderItem.SEQUENCE));
    }
}
