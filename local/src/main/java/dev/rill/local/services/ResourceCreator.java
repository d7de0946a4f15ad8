package dev.rill.local.services;

import dev.rill.local.template.StackPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Creates the tables and queues of a plan, in services that hold none yet. */
public final class ResourceCreator {

    private ResourceCreator() {}

    /** Creates every table, with its time to live. */
    public static void createTables(List<StackPlan.Table> tables, DynamoDbClient dynamoDb) {
        for (var table : tables) {
            dynamoDb.createTable(request -> request.tableName(table.name())
                    .billingMode(BillingMode.PAY_PER_REQUEST)
                    .attributeDefinitions(table.attributes().entrySet().stream()
                            .map(attribute -> AttributeDefinition.builder()
                                    .attributeName(attribute.getKey())
                                    .attributeType(attribute.getValue())
                                    .build())
                            .toList())
                    .keySchema(keySchema(table.key()))
                    // The SDK distinguishes an absent list from an empty one, and DynamoDB refuses the empty one.
                    .globalSecondaryIndexes(table.globalIndexes().isEmpty() ? null : indexes(table)));
            table.timeToLive()
                    .ifPresent(attribute -> dynamoDb.updateTimeToLive(request -> request.tableName(table.name())
                            .timeToLiveSpecification(specification ->
                                    specification.attributeName(attribute).enabled(true))));
        }
    }

    /** Creates every queue, each after its dead-letter queue. */
    public static void createQueues(List<StackPlan.Queue> queues, SqsClient sqs) {
        var ordered = new ArrayList<StackPlan.Queue>();
        var visited = new HashSet<String>();
        queues.forEach(queue -> addAfterItsDeadLetterQueue(queue, queues, visited, ordered));
        for (var queue : ordered) {
            sqs.createQueue(request -> request.queueName(queue.name()).attributes(attributes(queue)));
        }
    }

    private static void addAfterItsDeadLetterQueue(
            StackPlan.Queue queue, List<StackPlan.Queue> queues, Set<String> visited, List<StackPlan.Queue> ordered) {
        if (visited.add(queue.arn())) {
            queue.redrive()
                    .ifPresent(redrive -> queues.stream()
                            .filter(other -> other.arn().equals(redrive.deadLetterArn()))
                            .forEach(other -> addAfterItsDeadLetterQueue(other, queues, visited, ordered)));
            ordered.add(queue);
        }
    }

    private static Map<QueueAttributeName, String> attributes(StackPlan.Queue queue) {
        var attributes = new EnumMap<QueueAttributeName, String>(QueueAttributeName.class);
        attributes.put(QueueAttributeName.VISIBILITY_TIMEOUT, seconds(queue.visibilityTimeout()));
        attributes.put(QueueAttributeName.MESSAGE_RETENTION_PERIOD, seconds(queue.retention()));
        attributes.put(QueueAttributeName.DELAY_SECONDS, seconds(queue.delay()));
        attributes.put(QueueAttributeName.RECEIVE_MESSAGE_WAIT_TIME_SECONDS, seconds(queue.receiveWait()));
        queue.redrive()
                .ifPresent(redrive -> attributes.put(
                        QueueAttributeName.REDRIVE_POLICY,
                        "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":%d}"
                                .formatted(redrive.deadLetterArn(), redrive.maxReceiveCount())));
        return attributes;
    }

    private static String seconds(Duration duration) {
        return String.valueOf(duration.toSeconds());
    }

    private static List<GlobalSecondaryIndex> indexes(StackPlan.Table table) {
        return table.globalIndexes().stream()
                .map(index -> GlobalSecondaryIndex.builder()
                        .indexName(index.name())
                        .keySchema(keySchema(index.key()))
                        .projection(projection -> projection
                                .projectionType(index.projection())
                                .nonKeyAttributes(index.projected().isEmpty() ? null : index.projected()))
                        .build())
                .toList();
    }

    private static List<KeySchemaElement> keySchema(StackPlan.Key key) {
        var schema = new ArrayList<KeySchemaElement>();
        schema.add(element(key.partition(), KeyType.HASH));
        var sort = key.sort();
        sort.ifPresent(name -> schema.add(element(name, KeyType.RANGE)));
        return schema;
    }

    private static KeySchemaElement element(String name, KeyType type) {
        return KeySchemaElement.builder().attributeName(name).keyType(type).build();
    }
}
