package dev.rill.local.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A request to DynamoDB, as far as a fault needs to know it. The body is read as JSON only where somebody asks about
 * it.
 */
public final class DynamoDbRequest {
    private static final JsonMapper JSON = new JsonMapper();

    private final String operation;
    private final byte[] body;

    /**
     * @param target the header {@code X-Amz-Target}, such as {@code DynamoDB_20120810.UpdateItem}
     * @param body stays as it is
     */
    DynamoDbRequest(Optional<String> target, byte[] body) {
        this.operation =
                target.map(text -> text.substring(text.lastIndexOf('.') + 1)).orElse("none");
        this.body = body;
    }

    /** Such as {@code UpdateItem}; {@code none} where the request names no operation. */
    public String operation() {
        return operation;
    }

    /** Whether it is a write that a condition can fail. */
    public boolean isConditional() {
        return switch (operation) {
            case "PutItem", "UpdateItem", "DeleteItem" -> json().has("ConditionExpression");
            case "TransactWriteItems" -> firstCondition().isPresent();
            default -> false;
        };
    }

    /** How many items a transaction has. */
    int items() {
        return json().path("TransactItems").size();
    }

    /** The place of a transaction's first item that has a condition. */
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
            // DynamoDB itself has to say what is wrong with it.
            return JSON.missingNode();
        }
    }
}
