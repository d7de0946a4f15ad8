package dev.rill.aws;

import static dev.rill.aws.Attributes.CONTINUED_MESSAGE;
import static dev.rill.aws.Attributes.CURRENT_RESPONSE;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.SEQUENCE;
import static dev.rill.aws.Attributes.UNTIL;

import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.ResponseId;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The response that each chat is at, in the table of responses, one item a chat. The key is a hash of the chat's scope
 * and id, so a client reaches no item but those of its own chats. Errors are the SDK's, thrown after its retries. Safe
 * for use by many threads.
 */
public final class DynamoCurrentResponses implements CurrentResponses, Primable {

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    public DynamoCurrentResponses(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public void prime() {
        prime(this);
    }

    /** Leaves out {@code put}, which would write an item. */
    static void prime(CurrentResponses chats) {
        var _ = chats.find(ChatKey.PRIMING);
    }

    @Override
    public void put(ChatKey chat, CurrentResponse response, Instant expiresAt) {
        var item = new HashMap<>(key(chat));
        item.put(CURRENT_RESPONSE, AttributeValues.of(response.id().value()));
        response.continuedMessage().ifPresent(message -> item.put(CONTINUED_MESSAGE, AttributeValues.of(message)));
        item.put(UNTIL, AttributeValues.millis(expiresAt));
        item.put(EXPIRES_AT, AttributeValues.seconds(expiresAt));
        dynamoDb.putItem(put -> put.tableName(table).item(item));
    }

    /** DynamoDB deletes an expired item up to days later. */
    @Override
    public Optional<CurrentResponse> find(ChatKey chat) {
        var found = dynamoDb.getItem(get -> get.tableName(table).key(key(chat)).consistentRead(true));
        return found.hasItem() && clock.instant().isBefore(AttributeValues.ofMillis(found.item(), UNTIL))
                ? Optional.of(read(found.item()))
                : Optional.empty();
    }

    private static CurrentResponse read(Map<String, AttributeValue> item) {
        return new CurrentResponse(
                new ResponseId(AttributeValues.text(item, CURRENT_RESPONSE)),
                Optional.ofNullable(item.get(CONTINUED_MESSAGE)).map(AttributeValue::s));
    }

    static Map<String, AttributeValue> key(ChatKey chat) {
        MessageDigest digest = Sha256.digest();
        Sha256.addWithLength(digest, chat.scope());
        Sha256.addWithLength(digest, chat.id());
        return Map.of(
                RESPONSE_ID,
                AttributeValues.of("chat#" + HexFormat.of().formatHex(digest.digest())),
                SEQUENCE,
                AttributeValues.of(HeaderItem.SEQUENCE));
    }
}
