package dev.rill.local.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * The event JSON with which Lambda invokes a function for a batch of messages.
 *
 * @param queueArn the ARN of the queue
 * @param region the region of the queue
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html">Using Lambda with Amazon SQS</a>
 */
record SqsEvents(String queueArn, String region) {
    private static final JsonMapper JSON = new JsonMapper();

    String event(List<Message> messages) {
        var event = JSON.createObjectNode();
        var records = event.putArray("Records");
        messages.forEach(message -> records.add(eventRecord(message)));
        return event.toString();
    }

    /** The size of a message in an event, in bytes. */
    int size(Message message) {
        return eventRecord(message).toString().getBytes(UTF_8).length;
    }

    private ObjectNode eventRecord(Message message) {
        var node = JSON.createObjectNode();
        node.put("messageId", message.messageId());
        node.put("receiptHandle", message.receiptHandle());
        node.put("body", message.body());
        var attributes = node.putObject("attributes");
        message.attributesAsStrings().forEach(attributes::put);
        var messageAttributes = node.putObject("messageAttributes");
        message.messageAttributes().forEach((name, value) -> messageAttributes.set(name, attribute(value)));
        if (message.md5OfMessageAttributes() != null) {
            node.put("md5OfMessageAttributes", message.md5OfMessageAttributes());
        }
        node.put("md5OfBody", message.md5OfBody());
        node.put("eventSource", "aws:sqs");
        node.put("eventSourceARN", queueArn);
        node.put("awsRegion", region);
        return node;
    }

    private static ObjectNode attribute(MessageAttributeValue value) {
        var node = JSON.createObjectNode();
        if (value.stringValue() != null) {
            node.put("stringValue", value.stringValue());
        }
        if (value.binaryValue() != null) {
            node.put("binaryValue", value.binaryValue().asByteArray());
        }
        node.putArray("stringListValues");
        node.putArray("binaryListValues");
        node.put("dataType", value.dataType());
        return node;
    }
}
