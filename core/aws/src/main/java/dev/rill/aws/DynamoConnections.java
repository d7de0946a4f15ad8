package dev.rill.aws;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

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
    private static final String SUBPROTOCOL = "subprotocol";
    private static final String VIEWER_ADDRESS = "viewer_address";
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

    /** Leaves out {@code add}, {@code renew} and {@code remove}, for which not every function has the permissions. */
    static void prime(Connections connections) {
        var _ = connections.find(ConnectionId.PRIMING);
    }

    @Override
    public void add(Connection connection) {
        var item = new HashMap<>(GrantAttributes.of(connection.grant()));
        item.put(ID, AttributeValues.of(connection.id().value()));
        item.put(SUBPROTOCOL, AttributeValues.of(connection.subprotocol().wire()));
        connection.viewerAddress().ifPresent(address -> item.put(VIEWER_ADDRESS, AttributeValues.of(address)));
        item.put(CONNECTED_AT, AttributeValues.millis(connection.connectedAt()));
        item.put(EXPIRES_AT, AttributeValues.seconds(connection.expiresAt()));
        dynamoDb.putItem(put -> put.tableName(table).item(item));
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
                GrantAttributes.grant(item),
                subprotocol,
                item.containsKey(VIEWER_ADDRESS)
                        ? Optional.of(AttributeValues.text(item, VIEWER_ADDRESS))
                        : Optional.empty(),
                AttributeValues.ofMillis(item, CONNECTED_AT),
                AttributeValues.ofSeconds(item, EXPIRES_AT));
        return Optional.of(connection).filter(it -> clock.instant().isBefore(it.expiresAt()));
    }

    @Override
    public boolean renew(ConnectionId id, Grant grant) {
        var attributes = GrantAttributes.of(grant);
        var present = attributes.keySet().stream().map(name -> name + " = :" + name);
        var absent = GrantAttributes.NAMES.stream().filter(name -> !attributes.containsKey(name));
        var values = attributes.entrySet().stream().collect(toMap(value -> ":" + value.getKey(), Map.Entry::getValue));
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(key(id))
                    .conditionExpression("attribute_exists(" + ID + ")")
                    .updateExpression("SET " + present.collect(joining(", ")) + remove(absent.toList()))
                    .expressionAttributeValues(values));
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    private static String remove(List<String> names) {
        return names.isEmpty() ? "" : " REMOVE " + String.join(", ", names);
    }

    @Override
    public void remove(ConnectionId id) {
        dynamoDb.deleteItem(delete -> delete.tableName(table).key(key(id)));
    }

    private static Map<String, AttributeValue> key(ConnectionId id) {
        return Map.of(ID, AttributeValues.of(id.value()));
    }
}
