package dev.rill.aws;

import dev.rill.auth.TicketHash;
import dev.rill.auth.TicketWriter;
import dev.rill.chat.socket.Grant;
import java.time.Instant;
import java.util.HashMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Stores tickets in the table of credentials, in items that expire. Errors are the SDK's, thrown after its retries.
 * Safe for use by many threads.
 */
public final class DynamoTicketWriter implements TicketWriter {

    private final DynamoDbClient dynamoDb;
    private final String table;

    public DynamoTicketWriter(DynamoDbClient dynamoDb, String table) {
        this.dynamoDb = dynamoDb;
        this.table = table;
    }

    @Override
    public void issue(TicketHash ticket, Grant grant, Instant expiresAt) {
        var item = new HashMap<>(GrantAttributes.of(grant));
        item.putAll(CredentialItem.key(ticket));
        item.put(DynamoTicketRedeemer.GOOD_UNTIL, AttributeValues.millis(expiresAt));
        item.put(CredentialItem.EXPIRES_AT, AttributeValues.seconds(expiresAt));
        dynamoDb.putItem(put -> put.tableName(table).item(item));
    }
}
