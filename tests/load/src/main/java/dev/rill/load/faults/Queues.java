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
import java.util.Map;
import java.util.TreeMap;

/** The queues of the local stack's SQS, over its plain JSON protocol; nobody there asks for a signature. */
final class Queues {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final HttpClient client;
    private final URI sqs;

    Queues(HttpClient client, URI sqs) {
        this.client = client;
        this.sqs = sqs;
    }

    /**
     * What a queue holds.
     *
     * @param waiting messages that are visible or delayed
     * @param hidden messages that somebody has received and may be working on
     */
    record Depth(long waiting, long hidden) {}

    /** What each queue holds, by its name. */
    Map<String, Depth> depths() throws LoadException, InterruptedException {
        var depths = new TreeMap<String, Depth>();
        for (var url : call("ListQueues", JSON.objectNode()).path("QueueUrls")) {
            var asked = JSON.objectNode().put("QueueUrl", url.asText());
            asked.putArray("AttributeNames").add("All");
            var attributes = call("GetQueueAttributes", asked).path("Attributes");
            depths.put(
                    url.asText().replaceFirst(".*/", ""),
                    new Depth(
                            attributes.path("ApproximateNumberOfMessages").asLong()
                                    + attributes
                                            .path("ApproximateNumberOfMessagesDelayed")
                                            .asLong(),
                            attributes
                                    .path("ApproximateNumberOfMessagesNotVisible")
                                    .asLong()));
        }
        if (depths.isEmpty()) {
            throw new LoadException("no queue at " + sqs + ": name the SQS of ./rill up by --sqs");
        }
        return depths;
    }

    private JsonNode call(String operation, ObjectNode request) throws LoadException, InterruptedException {
        try {
            var answer = client.send(
                    HttpRequest.newBuilder(sqs.resolve("/"))
                            .timeout(Duration.ofSeconds(10))
                            .header("Content-Type", "application/x-amz-json-1.0")
                            .header("X-Amz-Target", "AmazonSQS." + operation)
                            .POST(BodyPublishers.ofString(request.toString()))
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LoadException(operation + " at " + sqs + " answered " + answer.statusCode());
            }
            return MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new LoadException("no SQS at " + sqs + " (" + e + "): name it by --sqs", e);
        }
    }
}
