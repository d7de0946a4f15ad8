package dev.rill.aws;

import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Subject;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Connections in a table with the key {@code connection_id} (a string) and TTL on {@code expires_at}.
 *
 * <p>{@code connectedAt} is kept to the millisecond, {@code expiresAt} to the second, rounded up. Expired items are
 * ignored, because DynamoDB deletes them up to days later. Errors are the SDK's, thrown after its retries. Safe for use
 * by many threads.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html">Time to live</a>
 */
public final class DynamoConnections implements Connections, Primable {

    private static final String ID = "connection_id";
    private static final String SUBJECT = "subject";
    private static final String SUBPROTOCOL = "subprotocol";
    private static final String CONNECTED_AT = "connected_at";
    private static final String EXPIRES_AT = "expires_at";

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    public DynamoConnections(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public void prime() {
        prime(this);
    }

    /** Leaves out {@code add} and {@code remove}, for which only connect-fn has the permissions. */
    static void prime(Connections connections) {
        var _ = connections.find(ConnectionId.PRIMING);
    }

    @Override
    public void add(Connection connection) {
        dynamoDb.putItem(put -> put.tableName(table)
                .item(Map.of(
                        ID,
                        AttributeValues.of(connection.id().value()),
                        SUBJECT,
                        AttributeValues.of(connection.subject().value()),
                        SUBPROTOCOL,
                        AttributeValues.of(connection.subprotocol().wire()),
                        CONNECTED_AT,
                        AttributeValues.millis(connection.connectedAt()),
                        EXPIRES_AT,
                        AttributeValues.seconds(connection.expiresAt()))));
    }

    @Override
    public Optional<Connection> find(ConnectionId id) {
        var found = dynamoDb.getItem(get -> get.tableName(table).key(key(id)).consistentRead(true));
        if (!found.hasItem()) {
            return Optional.empty();
        }
        var item = found.item();
        // Items that an earlier version of Rill wrote have no subprotocol.
        var subprotocol = item.containsKey(SUBPROTOCOL)
                ? Subprotocol.of(AttributeValues.text(item, SUBPROTOCOL))
                : Subprotocol.OTHER;
        var connection = new Connection(
                id,
                new Subject(AttributeValues.text(item, SUBJECT)),
                subprotocol,
                AttributeValues.ofMillis(item, CONNECTED_AT),
                AttributeValues.ofSeconds(item, EXPIRES_AT));
        return Optional.of(connection).filter(it -> clock.instant().isBefore(it.expiresAt()));
    }

    @Override
    public void remove(ConnectionId id) {
        dynamoDb.deleteItem(delete -> delete.tableName(table).key(key(id)));
    }

    private static Map<String, AttributeValue> key(ConnectionId id) {
        return Map.of(ID, AttributeValues.of(id.value()));
    }
}
