package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Places of a group in one item of the responses' table: two maps, of those that wait and those that run, from a
 * response's id to when its place falls free by itself. Each change is one conditional write, so a limit holds however
 * many ask at once.
 */
public final class DynamoQuota implements Quota, Primable {

    private static final String RUNNING = "running";
    private static final String QUEUED = "queued";

    /** One that finds no item, one that finds it full of places whose time is over, and two that others come before. */
    private static final int TRIES = 4;

    /** The item may go when nobody can have a place any more. */
    private static final Duration ITEM_MARGIN = Duration.ofDays(15);

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;
    private final int maxRunning;
    private final int maxQueued;

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

    /** Leaves out what admits a response, because it would write the group's item. */
    static void prime(Quota quota, Instant now) {
        quota.extend(QuotaKey.PRIMING, ResponseId.PRIMING, now);
        quota.release(QuotaKey.PRIMING, ResponseId.PRIMING);
    }

    @Override
    public Admission admitQueued(QuotaKey quotaKey, ResponseId id, Instant until) {
        return enter(
                quotaKey,
                id,
                until,
                QUEUED,
                maxQueued,
                "SET queued.#id = if_not_exists(queued.#id, :until), expires_at = :expires");
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(key(quotaKey))
                    .updateExpression("SET queued.#id = :until, expires_at = :expires")
                    .conditionExpression("attribute_exists(queued.#id)")
                    .expressionAttributeNames(Map.of("#id", id.value()))
                    .expressionAttributeValues(Map.of(
                            ":until",
                            AttributeValues.millis(until),
                            ":expires",
                            AttributeValues.seconds(until.plus(ITEM_MARGIN)))));
        } catch (ConditionalCheckFailedException _) {
            // It waits no longer.
        }
    }

    @Override
    public Admission admitRunning(QuotaKey quotaKey, ResponseId id, Instant until) {
        return enter(
                quotaKey,
                id,
                until,
                RUNNING,
                maxRunning,
                "SET running.#id = :until, expires_at = :expires REMOVE queued.#id");
    }

    @Override
    public void release(QuotaKey quotaKey, ResponseId id) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(key(quotaKey))
                    .updateExpression("REMOVE running.#id, queued.#id")
                    .conditionExpression("attribute_exists(running)")
                    .expressionAttributeNames(Map.of("#id", id.value())));
        } catch (ConditionalCheckFailedException _) {
            // Nobody of this group has a place.
        }
    }

    private Admission enter(QuotaKey quotaKey, ResponseId id, Instant until, String places, int most, String change) {
        for (int tries = 1; ; tries++) {
            try {
                dynamoDb.updateItem(update -> update.tableName(table)
                        .key(key(quotaKey))
                        .updateExpression(change)
                        .conditionExpression(
                                "attribute_exists(running) AND (size(#places) < :most OR attribute_exists(#places.#id))")
                        .expressionAttributeNames(Map.of("#places", places, "#id", id.value()))
                        .expressionAttributeValues(Map.of(
                                ":until",
                                AttributeValues.millis(until),
                                ":most",
                                AttributeValues.of(most),
                                ":expires",
                                AttributeValues.seconds(until.plus(ITEM_MARGIN))))
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
                return Admission.ADMITTED;
            } catch (ConditionalCheckFailedException e) {
                var full = e.hasItem()
                        && AttributeValues.require(e.item(), places).m().size() >= most;
                if (full && (tries >= TRIES || !freed(quotaKey, places, e.item()))) {
                    return Admission.FULL;
                }
                if (tries >= TRIES) {
                    // Refused though there is room: that is no answer.
                    throw e;
                }
                if (!e.hasItem() && opened(quotaKey, id, until, places)) {
                    return Admission.ADMITTED;
                }
            }
        }
    }

    /** Makes the group's item with this place in it; answers false if another has made it. */
    private boolean opened(QuotaKey quotaKey, ResponseId id, Instant until, String places) {
        var item = new HashMap<>(key(quotaKey));
        item.put(RUNNING, AttributeValue.fromM(Map.of()));
        item.put(QUEUED, AttributeValue.fromM(Map.of()));
        item.put(places, AttributeValue.fromM(Map.of(id.value(), AttributeValues.millis(until))));
        item.put(Attributes.EXPIRES_AT, AttributeValues.seconds(until.plus(ITEM_MARGIN)));
        try {
            dynamoDb.putItem(
                    put -> put.tableName(table).item(item).conditionExpression("attribute_not_exists(response_id)"));
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    /** Frees the places whose time is over; answers false if there is none. */
    private boolean freed(QuotaKey quotaKey, String places, Map<String, AttributeValue> item) {
        var now = clock.instant().toEpochMilli();
        var over = AttributeValues.require(item, places).m().entrySet().stream()
                .filter(entry -> Long.parseLong(entry.getValue().n()) <= now)
                .toList();
        for (var place : over) {
            try {
                dynamoDb.updateItem(update -> update.tableName(table)
                        .key(key(quotaKey))
                        .updateExpression("REMOVE #places.#id")
                        .conditionExpression("#places.#id = :until")
                        .expressionAttributeNames(Map.of("#places", places, "#id", place.getKey()))
                        .expressionAttributeValues(Map.of(":until", place.getValue())));
            } catch (ConditionalCheckFailedException _) {
                // It was prolonged or freed meanwhile.
            }
        }
        return !over.isEmpty();
    }

    static Map<String, AttributeValue> key(QuotaKey quotaKey) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256").digest(quotaKey.value().getBytes(UTF_8));
            return Map.of(
                    Attributes.RESPONSE_ID,
                    AttributeValues.of("group#" + HexFormat.of().formatHex(digest)),
                    Attributes.SEQUENCE,
                    AttributeValues.of(HeaderItem.SEQUENCE));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
