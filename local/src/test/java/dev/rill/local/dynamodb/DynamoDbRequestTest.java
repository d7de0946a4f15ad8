package dev.rill.local.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DynamoDbRequestTest {

    @Test
    void requestNamesItsTable() {
        assertThat(request("GetItem", "{\"TableName\": \"A\", \"Key\": {}}").tables())
                .containsExactly("A");
    }

    @Test
    void transactionNamesTheTableOfEachItemOnce() {
        var items = """
            {"TransactItems": [{"Put": {"TableName": "A"}}, {"Update": {"TableName": "B"}}, {"Delete": {"TableName": "A"}}]}""";

        assertThat(request("TransactWriteItems", items).tables()).containsExactlyInAnyOrder("A", "B");
    }

    @Test
    void requestWithoutATableNamesNone() {
        assertThat(request("ListTables", "{}").tables()).isEmpty();
        assertThat(request("GetItem", "not JSON").tables()).isEmpty();
    }

    private static DynamoDbRequest request(String operation, String body) {
        return new DynamoDbRequest(Optional.of("DynamoDB_20120810." + operation), body.getBytes(UTF_8));
    }
}
