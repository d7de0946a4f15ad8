package dev.rill.aws;

import dev.rill.auth.TicketHash;
import dev.rill.auth.TicketRedeemer;
import dev.rill.chat.socket.Grant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * Takes tickets out of the table of credentials. DynamoDB deletes the item, on condition that it exists, and returns it
 * in one step, so of many callers one gets the grant. A call whose answer is lost has spent the ticket; the SDK's retry
 * then finds none. Errors are the SDK's, thrown after its retries. Safe for use by many threads.
 */
public final class DynamoTicketRedeemer implements TicketRedeemer, Primable {

    /** In milliseconds; the time to live has seconds. */
    static final String GOOD_UNTIL = "good_until";

    /** SHA-256 of no ticket that is known. */
    private static final TicketHash PRIMING = new TicketHash("0".repeat(64));

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    public DynamoTicketRedeemer(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public void prime() {
        prime(this);
    }

    static void prime(TicketRedeemer tickets) {
        var _ = tickets.redeem(PRIMING);
    }

    @Override
    public Optional<Grant> redeem(TicketHash ticket) {
        return take(ticket)
                .filter(item -> clock.instant().isBefore(AttributeValues.ofMillis(item, GOOD_UNTIL)))
                .map(GrantAttributes::grant);
    }

    /** The item, which is deleted now. The condition alone decides between two callers, also on DynamoDB Local. */
    private Optional<Map<String, AttributeValue>> take(TicketHash ticket) {
        try {
            return Optional.of(dynamoDb.deleteItem(delete -> delete.tableName(table)
                            .key(CredentialItem.key(ticket))
                            .conditionExpression("attribute_exists(" + CredentialItem.ID + ")")
                            .returnValues(ReturnValue.ALL_OLD))
                    .attributes());
        } catch (ConditionalCheckFailedException _) {
            return Optional.empty();
        }
    }
}
