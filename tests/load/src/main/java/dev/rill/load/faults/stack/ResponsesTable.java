package dev.rill.load.faults.stack;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rill.load.stack.LoadException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The table of responses in the local stack's DynamoDB. */
public final class ResponsesTable {

    private static final String TABLE = "ResponsesTable";
    private static final Set<String> UNENDED = Set.of("queued", "in_progress");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final AwsJsonApi dynamoDb;

    public ResponsesTable(AwsJsonApi dynamoDb) {
        this.dynamoDb = dynamoDb;
    }

    /**
     * A place that a response takes in a quota.
     *
     * @param until when it frees itself
     */
    public record QuotaPlace(String responseId, Instant until) {}

    /**
     * What is not finished.
     *
     * @param places the places that are taken
     * @param responses the ids of responses without a terminal event
     */
    public record Unfinished(List<QuotaPlace> places, Set<String> responses) {

        public Unfinished {
            places = List.copyOf(places);
            responses = Set.copyOf(responses);
        }
    }

    public Unfinished unfinished() throws LoadException, InterruptedException {
        var places = new ArrayList<QuotaPlace>();
        var unended = new HashSet<String>();
        var scan = JSON.objectNode()
                .put("TableName", TABLE)
                .put("FilterExpression", "#sequence = :header")
                .put("ProjectionExpression", "response_id, #status, running, queued");
        scan.putObject("ExpressionAttributeNames").put("#sequence", "sequence").put("#status", "status");
        scan.putObject("ExpressionAttributeValues").putObject(":header").put("N", "-1");
        while (true) {
            var page = dynamoDb.call("Scan", scan);
            for (var item : page.path("Items")) {
                if (UNENDED.contains(item.at("/status/S").asText())) {
                    unended.add(item.at("/response_id/S").asText());
                }
                for (var kind : List.of("running", "queued")) {
                    item.path(kind)
                            .path("M")
                            .properties()
                            .forEach(place -> places.add(new QuotaPlace(
                                    place.getKey(),
                                    Instant.ofEpochMilli(
                                            place.getValue().path("N").asLong()))));
                }
            }
            var last = page.path("LastEvaluatedKey");
            if (last.isEmpty()) {
                return new Unfinished(places, unended);
            }
            scan.set("ExclusiveStartKey", last);
        }
    }
}
