package dev.rill.aws;

import dev.rill.chat.log.Append;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.QuotaKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Finds a response by an item of its output: an entry for each, under a key that is made of the subject and the item's
 * id. Entries are written before the response ends and are not removed with it; they expire when it does, and a request
 * that follows one that is stale finds no response.
 */
final class ItemEntries {

    /** So many may go into one request. */
    private static final int BATCH_ITEMS = 25;

    /** How often what DynamoDB left over is sent again at once; then the caller repeats the whole. */
    private static final int TRIES = 4;

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    ItemEntries(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    /** Writes the entries of what a response leaves; the same again changes nothing. */
    void write(ResponseId id, Append.Conclusion conclusion, Instant expiresAt) {
        var entries = new ArrayList<WriteRequest>();
        for (var item : conclusion.itemIds()) {
            var entry = Map.of(
                    Attributes.RESPONSE_ID,
                    key(conclusion.quotaKey(), item),
                    Attributes.SEQUENCE,
                    AttributeValues.of(HeaderItem.SEQUENCE),
                    Attributes.ITEM_OF,
                    AttributeValues.of(id.value()),
                    Attributes.EXPIRES_AT,
                    AttributeValues.seconds(expiresAt));
            entries.add(
                    WriteRequest.builder().putRequest(put -> put.item(entry)).build());
        }
        for (int from = 0; from < entries.size(); from += BATCH_ITEMS) {
            writeBatch(entries.subList(from, Math.min(entries.size(), from + BATCH_ITEMS)));
        }
    }

    private void writeBatch(List<WriteRequest> entries) {
        var left = Map.of(table, entries);
        for (int tries = 0; tries < TRIES && !left.isEmpty(); tries++) {
            var some = left;
            left = dynamoDb.batchWriteItem(batch -> batch.requestItems(some)).unprocessedItems();
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException("entries of items could not be written");
        }
    }

    /** The response that was the last to end with this item. */
    Optional<ResponseId> find(QuotaKey quotaKey, String item) {
        var key = Map.of(
                Attributes.RESPONSE_ID,
                key(quotaKey, item),
                Attributes.SEQUENCE,
                AttributeValues.of(HeaderItem.SEQUENCE));
        var found = dynamoDb.getItem(get -> get.tableName(table).key(key).consistentRead(true));
        return found.hasItem() && !HeaderItem.isExpired(found.item(), clock)
                ? Optional.of(new ResponseId(AttributeValues.text(found.item(), Attributes.ITEM_OF)))
                : Optional.empty();
    }

    private static AttributeValue key(QuotaKey quotaKey, String item) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var owner = quotaKey.value().getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(owner.length).array());
            digest.update(owner);
            digest.update(item.getBytes(StandardCharsets.UTF_8));
            return AttributeValues.of("item#" + HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
