package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.log.Append;
import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.QuotaKey;
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
 * Finds a response by an item of its output. Each output item has an entry, an item of the table whose key is a hash of
 * the quota key and the output item's id.
 *
 * <p>Entries are written before the response ends. They are not deleted with the response; they expire when it does. An
 * entry whose response was deleted leads to no response.
 */
final class ItemEntries {

    /** DynamoDB's limit of items in one {@code BatchWriteItem}. */
    private static final int BATCH_ITEMS = 25;

    /** Requests for one batch: the first, and those for what DynamoDB left unprocessed. Then the caller must retry. */
    private static final int TRIES = 4;

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    ItemEntries(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    /**
     * Writes an entry for each output item; writing the same again changes nothing.
     *
     * @throws IllegalStateException if DynamoDB left entries unprocessed in each of {@value #TRIES} requests
     */
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
            throw new IllegalStateException("DynamoDB left entries of output items unprocessed");
        }
    }

    /** The last response that ended with this item in its output; empty if there is none or it has expired. */
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
        var digest = Sha256.digest();
        Sha256.addWithLength(digest, quotaKey.value());
        digest.update(item.getBytes(UTF_8));
        return AttributeValues.of("item#" + HexFormat.of().formatHex(digest.digest()));
    }
}
