package dev.rill.aws;

import dev.rill.auth.ApiKeyHash;
import dev.rill.auth.ApiKeyLifetime;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.LimitOverrides;
import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * API keys in the table of credentials, each in one item without a time to live: the hash, never the key. Every read is
 * strongly consistent. Errors are the SDK's, thrown after its retries. Safe for use by many threads.
 */
public final class DynamoApiKeys implements ApiKeys, Primable {

    private static final String HASH = "key_hash";
    private static final String SUBJECT = "subject";
    private static final String NAME = "key_name";
    private static final String CREATED_AT = "created_at";

    /** Not the time to live, or DynamoDB would delete the key. */
    private static final String KEY_EXPIRES_AT = "key_expires_at";

    private static final String REVOKED_AT = "revoked_at";
    private static final String LIMITS = "limit_overrides";

    /** The id of no key that is known. */
    private static final ApiKeyId PRIMING = new ApiKeyId("key_" + "0".repeat(32));

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    public DynamoApiKeys(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public void prime() {
        prime(this);
    }

    /** Leaves out {@code list}, which reads the whole table. */
    static void prime(ApiKeys keys) {
        var _ = keys.find(PRIMING);
    }

    @Override
    public boolean create(ApiKeyRecord key) {
        try {
            dynamoDb.putItem(put -> put.tableName(table)
                    .item(itemOf(key))
                    .conditionExpression("attribute_not_exists(" + CredentialItem.ID + ")"));
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    @Override
    public Optional<ApiKeyRecord> find(ApiKeyId id) {
        var found = dynamoDb.getItem(
                get -> get.tableName(table).key(CredentialItem.key(id)).consistentRead(true));
        return found.hasItem() ? Optional.of(recordOf(found.item())) : Optional.empty();
    }

    @Override
    public List<ApiKeyRecord> list() {
        var items = dynamoDb.scanPaginator(scan -> scan.tableName(table)
                        .consistentRead(true)
                        .filterExpression("begins_with(" + CredentialItem.ID + ", :key)")
                        .expressionAttributeValues(Map.of(":key", AttributeValues.of(CredentialItem.KEY_PREFIX))))
                .items();
        return items.stream()
                .map(DynamoApiKeys::recordOf)
                .sorted(Comparator.comparing(ApiKeyRecord::createdAt)
                        .thenComparing(key -> key.id().value()))
                .toList();
    }

    @Override
    public Optional<ApiKeyRecord> revoke(ApiKeyId id) {
        try {
            var revoked = dynamoDb.updateItem(update -> update.tableName(table)
                    .key(CredentialItem.key(id))
                    .conditionExpression("attribute_exists(" + CredentialItem.ID + ")")
                    .updateExpression("SET " + REVOKED_AT + " = if_not_exists(" + REVOKED_AT + ", :now)")
                    .expressionAttributeValues(Map.of(":now", AttributeValues.millis(clock.instant())))
                    .returnValues(ReturnValue.ALL_NEW));
            return Optional.of(recordOf(revoked.attributes()));
        } catch (ConditionalCheckFailedException _) {
            return Optional.empty();
        }
    }

    private static Map<String, AttributeValue> itemOf(ApiKeyRecord key) {
        var item = new HashMap<>(CredentialItem.key(key.id()));
        item.put(HASH, AttributeValues.of(key.hash().hex()));
        item.put(SUBJECT, AttributeValues.of(key.subject().value()));
        item.put(NAME, AttributeValues.of(key.name()));
        item.put(CREATED_AT, AttributeValues.millis(key.createdAt()));
        key.expiresAt().ifPresent(end -> item.put(KEY_EXPIRES_AT, AttributeValues.millis(end)));
        key.lifetime().revokedAt().ifPresent(at -> item.put(REVOKED_AT, AttributeValues.millis(at)));
        var limits = new HashMap<String, AttributeValue>();
        key.limits().toMap().forEach((limit, value) -> limits.put(limit, AttributeValues.of(value)));
        item.put(LIMITS, AttributeValue.fromM(limits));
        return item;
    }

    private static ApiKeyRecord recordOf(Map<String, AttributeValue> item) {
        var limits = new HashMap<String, Long>();
        AttributeValues.require(item, LIMITS)
                .m()
                .forEach((limit, value) -> limits.put(limit, Long.parseLong(value.n())));
        return new ApiKeyRecord(
                new ApiKeyHash(AttributeValues.text(item, HASH)),
                new Subject(AttributeValues.text(item, SUBJECT)),
                AttributeValues.text(item, NAME),
                new ApiKeyLifetime(
                        AttributeValues.ofMillis(item, CREATED_AT),
                        instant(item, KEY_EXPIRES_AT),
                        instant(item, REVOKED_AT)),
                LimitOverrides.of(limits));
    }

    private static Optional<Instant> instant(Map<String, AttributeValue> item, String name) {
        return item.containsKey(name) ? Optional.of(AttributeValues.ofMillis(item, name)) : Optional.empty();
    }
}
