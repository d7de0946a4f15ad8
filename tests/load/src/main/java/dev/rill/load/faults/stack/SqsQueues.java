package dev.rill.load.faults.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rill.load.stack.LoadException;
import java.util.Map;
import java.util.TreeMap;

/** The queues of the local stack's SQS. */
public final class SqsQueues {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private final AwsJsonApi sqs;

    public SqsQueues(AwsJsonApi sqs) {
        this.sqs = sqs;
    }

    /**
     * What a queue holds.
     *
     * @param waiting messages that are visible or delayed
     * @param hidden messages that a worker has received and not deleted, until their visibility timeout ends
     */
    public record Depth(long waiting, long hidden) {}

    /**
     * What each queue holds, by its name.
     *
     * @throws LoadException if SQS can't be reached, or has no queue
     */
    public Map<String, Depth> depths() throws LoadException, InterruptedException {
        var depths = new TreeMap<String, Depth>();
        for (var url : sqs.call("ListQueues", JSON.objectNode()).path("QueueUrls")) {
            var request = JSON.objectNode().put("QueueUrl", url.asText());
            request.putArray("AttributeNames").add("All");
            var attributes = sqs.call("GetQueueAttributes", request).path("Attributes");
            depths.put(url.asText().replaceFirst(".*/", ""), depth(attributes));
        }
        if (depths.isEmpty()) {
            throw new LoadException("no queue at " + sqs.url() + ": set --sqs to the SQS of ./rill up");
        }
        return depths;
    }

    private static Depth depth(JsonNode attributes) {
        return new Depth(count(attributes, "") + count(attributes, "Delayed"), count(attributes, "NotVisible"));
    }

    private static long count(JsonNode attributes, String kind) {
        return attributes.path("ApproximateNumberOfMessages" + kind).asLong();
    }
}
