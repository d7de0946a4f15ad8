package dev.rill.load.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.LoadException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The local stack's table of responses, past all faults, over DynamoDB's plain JSON protocol. */
final class Tables {

    private static final String TABLE = "ResponsesTable";
    private static final Set<String> UNENDED = Set.of("queued", "in_progress");
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final HttpClient client;
    private final URI dynamoDb;

    Tables(HttpClient client, URI dynamoDb) {
        this.client = client;
        this.dynamoDb = dynamoDb;
    }

    /**
     * A place in a group's quota.
     *
     * @param until when it falls free by itself
     */
    record Place(String responseId, Instant until) {}

    /**
     * What is not at rest.
     *
     * @param places that are taken
     * @param unended ids of responses that have not ended
     */
    record Unrest(List<Place> places, Set<String> unended) {

        Unrest {
            places = List.copyOf(places);
            unended = Set.copyOf(unended);
        }
    }

    Unrest unrest() throws LoadException, InterruptedException {
        var places = new ArrayList<Place>();
        var unended = new HashSet<String>();
        var scan = JSON.objectNode()
                .put("TableName", TABLE)
                .put("FilterExpression", "#sequence = :header")
                .put("ProjectionExpression", "response_id, #status, running, queued");
        scan.putObject("ExpressionAttributeNames").put("#sequence", "sequence").put("#status", "status");
        scan.putObject("ExpressionAttributeValues").putObject(":header").put("N", "-1");
        while (true) {
            var page = call(scan);
            for (var item : page.path("Items")) {
                if (UNENDED.contains(item.at("/status/S").asText())) {
                    unended.add(item.at("/response_id/S").asText());
                }
                for (var kind : List.of("running", "queued")) {
                    item.path(kind)
                            .path("M")
                            .properties()
                            .forEach(place -> places.add(new Place(
                                    place.getKey(),
                                    Instant.ofEpochMilli(
                                            place.getValue().path("N").asLong()))));
                }
            }
            var last = page.path("LastEvaluatedKey");
            if (last.isEmpty()) {
                return new Unrest(places, unended);
            }
            scan.set("ExclusiveStartKey", last);
        }
    }

    private JsonNode call(ObjectNode scan) throws LoadException, InterruptedException {
        try {
            var answer = client.send(
                    HttpRequest.newBuilder(dynamoDb.resolve("/"))
                            .timeout(Duration.ofSeconds(20))
                            .header("Content-Type", "application/x-amz-json-1.0")
                            .header("X-Amz-Target", "DynamoDB_20120810.Scan")
                            // DynamoDB Local reads who asks and where, and checks no signature.
                            .header(
                                    "Authorization",
                                    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
                                            + "SignedHeaders=host, Signature=none")
                            .POST(BodyPublishers.ofString(scan.toString()))
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LoadException("a scan of " + TABLE + " at " + dynamoDb + " answered " + answer.statusCode());
            }
            return MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new LoadException("no DynamoDB at " + dynamoDb + " (" + e + "): name it by --dynamodb", e);
        }
    }
}
