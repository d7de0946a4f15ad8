package dev.rill.local.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What fault injection needs to know of a request to DynamoDB. The body is parsed only if a method needs it. */
public final class DynamoDbRequest {
    private static final JsonMapper JSON = new JsonMapper();

    private final String operation;
    private final byte[] body;

    /**
     * @param target the header {@code X-Amz-Target}, such as {@code DynamoDB_20120810.UpdateItem}
     * @param body the JSON of the request; not modified
     */
    DynamoDbRequest(Optional<String> target, byte[] body) {
        this.operation =
                target.map(text -> text.substring(text.lastIndexOf('.') + 1)).orElse("none");
        this.body = body;
    }

    /** The operation, such as {@code UpdateItem}; {@code none} if the request names none. */
    public String operation() {
        return operation;
    }

    /** The tables that it names in {@code TableName}, also those of a transaction's items; empty if it names none. */
    public Set<String> tables() {
        var json = json();
        return Stream.concat(
                        Stream.of(json),
                        json.path("TransactItems").valueStream().flatMap(JsonNode::valueStream))
                .map(action -> action.path("TableName").asText())
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether it is a write with a condition. */
    public boolean isConditional() {
        return switch (operation) {
            case "PutItem", "UpdateItem", "DeleteItem" -> json().has("ConditionExpression");
            case "TransactWriteItems" -> firstCondition().isPresent();
            default -> false;
        };
    }

    /** The number of items of a transaction. */
    int items() {
        return json().path("TransactItems").size();
    }

    /** The index of a transaction's first item with a condition; empty if there is none. */
    OptionalInt firstCondition() {
        var items = json().path("TransactItems");
        // Each item is an object with one field, the action: Put, Update, Delete or ConditionCheck.
        return IntStream.range(0, items.size())
                .filter(place -> items.get(place).valueStream().anyMatch(action -> action.has("ConditionExpression")))
                .findFirst();
    }

    private JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            // DynamoDB itself reports the syntax error.
            return JSON.missingNode();
        }
    }
}
