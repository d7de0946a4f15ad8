package dev.rill.load.faults.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rill.load.stack.LoadException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The table of responses in the local stack's DynamoDB. */
public final class ResponsesTable {

    private static final String TABLE = "ResponsesTable";
    private static final Set<String> UNENDED = Set.of("queued", "in_progress");

    /** The attributes of a booking and of a period that are added up. */
    private static final List<String> BOOKED =
            List.of("input", "output", "cached", "reasoning", "estimated_input", "estimated_output", "stops");

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
        for (var item : headersAndAccounts("response_id, #status, running, queued")) {
            if (UNENDED.contains(item.at("/status/S").asText())) {
                unended.add(item.at("/response_id/S").asText());
            }
            for (var kind : List.of("running", "queued")) {
                item.path(kind)
                        .path("M")
                        .properties()
                        .forEach(place -> places.add(new QuotaPlace(
                                place.getKey(),
                                Instant.ofEpochMilli(place.getValue().path("N").asLong()))));
            }
        }
        return new Unfinished(places, unended);
    }

    /**
     * Tokens in the table.
     *
     * @param ofResponses the sums of the bookings in the headers of responses that have ended and are settled, by name
     * @param ofAccounts the sums of what the accounts have booked, by the same names
     * @param unsettled the ids of responses that have ended and for which an account still reserves tokens
     */
    public record Bookings(Map<String, Long> ofResponses, Map<String, Long> ofAccounts, Set<String> unsettled) {

        public Bookings {
            ofResponses = Map.copyOf(ofResponses);
            ofAccounts = Map.copyOf(ofAccounts);
            unsettled = Set.copyOf(unsettled);
        }
    }

    public Bookings bookings() throws LoadException, InterruptedException {
        var items = headersAndAccounts("response_id, #status, booking, reservation, #month, reservations");
        var reserved = new HashSet<String>();
        for (var item : items) {
            item.path("reservations").path("M").properties().forEach(held -> reserved.add(held.getKey()));
        }
        var ofResponses = new TreeMap<String, Long>();
        var ofAccounts = new TreeMap<String, Long>();
        var unsettled = new HashSet<String>();
        for (var item : items) {
            var id = item.at("/response_id/S").asText();
            add(ofAccounts, item.path("month").path("M"));
            ofAccounts.merge("requests", item.at("/month/M/requests/N").asLong(), Long::sum);
            var isSettled = item.has("reservation")
                    && !UNENDED.contains(item.at("/status/S").asText());
            if (isSettled && reserved.contains(id)) {
                unsettled.add(id);
            } else if (isSettled) {
                add(ofResponses, item.path("booking").path("M"));
                ofResponses.merge("requests", 1L, Long::sum);
            }
        }
        ofResponses.values().removeIf(sum -> sum == 0);
        ofAccounts.values().removeIf(sum -> sum == 0);
        return new Bookings(ofResponses, ofAccounts, unsettled);
    }

    private static void add(Map<String, Long> sums, JsonNode numbers) {
        for (var name : BOOKED) {
            sums.merge(name, numbers.path(name).path("N").asLong(), Long::sum);
        }
    }

    private List<JsonNode> headersAndAccounts(String attributes) throws LoadException, InterruptedException {
        var items = new ArrayList<JsonNode>();
        var scan = JSON.objectNode()
                .put("TableName", TABLE)
                .put("FilterExpression", "#sequence = :header")
                .put("ProjectionExpression", attributes);
        var names = scan.putObject("ExpressionAttributeNames").put("#sequence", "sequence");
        for (var reserved : List.of("#status", "#month")) {
            if (attributes.contains(reserved)) {
                names.put(reserved, reserved.substring(1));
            }
        }
        scan.putObject("ExpressionAttributeValues").putObject(":header").put("N", "-1");
        while (true) {
            var page = dynamoDb.call("Scan", scan);
            page.path("Items").forEach(items::add);
            var last = page.path("LastEvaluatedKey");
            if (last.isEmpty()) {
                return items;
            }
            scan.set("ExclusiveStartKey", last);
        }
    }
}
