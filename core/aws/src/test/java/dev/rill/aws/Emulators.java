package dev.rill.aws;

import dev.rill.local.embedded.EmbeddedProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.sqs.SqsClient;

/** DynamoDB Local and ElasticMQ for the tests that ask for them: started once for the whole run, ended with it. */
public final class Emulators implements AutoCloseable {

    static final String CONNECTIONS = "connections";
    public static final String CREDENTIALS = "credentials";
    static final String RESPONSES = "responses";

    private static final Path CLASS_PATHS = Path.of("..", "..", "local", "embedded");
    private static final Path WORK = Path.of("target", "emulators");
    private static final String ACCOUNT = "123456789012";

    private final EmbeddedProcess dynamoDbProcess;
    private final EmbeddedProcess elasticMqProcess;
    private final Aws aws = aws();
    private final DynamoDbClient dynamoDb;
    private final SqsClient sqs;

    private Emulators(EmbeddedProcess dynamoDbProcess, EmbeddedProcess elasticMqProcess) {
        this.dynamoDbProcess = dynamoDbProcess;
        this.elasticMqProcess = elasticMqProcess;
        this.dynamoDb = dynamoDb(dynamoDbProcess.endpoint());
        this.sqs = sqs(elasticMqProcess.endpoint());
        createTable(CREDENTIALS, key("credential_id", KeyType.HASH, ScalarAttributeType.S));
        createTable(CONNECTIONS, key("connection_id", KeyType.HASH, ScalarAttributeType.S));
        createTable(
                RESPONSES,
                key("response_id", KeyType.HASH, ScalarAttributeType.S),
                key("sequence", KeyType.RANGE, ScalarAttributeType.N));
    }

    /** Clients as the functions have them, with credentials that the emulators do not check. */
    public static Aws aws() {
        return new Aws(Region.US_EAST_1, StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
    }

    /** Clients as the functions have them, which find DynamoDB here. */
    public Aws awsOfFunctions() {
        System.setProperty("aws.endpointUrlDynamoDb", dynamoDbProcess.endpoint().toString());
        return aws();
    }

    /** A client as the functions have it, that finds its service as they do: by the SDK's own setting. */
    static DynamoDbClient dynamoDb(URI endpoint) {
        System.setProperty("aws.endpointUrlDynamoDb", endpoint.toString());
        return aws().dynamoDb();
    }

    /** The same for SQS. */
    static SqsClient sqs(URI endpoint) {
        System.setProperty("aws.endpointUrlSqs", endpoint.toString());
        return aws().sqs();
    }

    public DynamoDbClient dynamoDb() {
        return dynamoDb;
    }

    URI dynamoDbEndpoint() {
        return dynamoDbProcess.endpoint();
    }

    SqsClient sqs() {
        return sqs;
    }

    /** The URL of a new, empty queue. */
    String createQueue() {
        return sqs.createQueue(create -> create.queueName("prompts-" + UUID.randomUUID()))
                .queueUrl();
    }

    @Override
    public void close() {
        aws.close();
        dynamoDbProcess.close();
        elasticMqProcess.close();
    }

    /** Starts both side by side. Both end with this process if this fails half-way. */
    private static Emulators start() {
        var launch = EmbeddedProcess.Launch.withThisJava(CLASS_PATHS, WORK);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var dynamoDb = executor.submit(() -> EmbeddedProcess.dynamoDb(launch, 0));
            var elasticMq = executor.submit(() -> EmbeddedProcess.elasticMq(launch, 0, Region.US_EAST_1.id(), ACCOUNT));
            return new Emulators(dynamoDb.get(), elasticMq.get());
        } catch (ExecutionException e) {
            throw new IllegalStateException("the emulators did not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the emulators start", e);
        }
    }

    private void createTable(String name, Key... keys) {
        dynamoDb.createTable(create -> create.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(Arrays.stream(keys).map(Key::definition).toList())
                .keySchema(Arrays.stream(keys).map(Key::element).toList()));
    }

    private static Key key(String name, KeyType type, ScalarAttributeType scalar) {
        return new Key(
                AttributeDefinition.builder()
                        .attributeName(name)
                        .attributeType(scalar)
                        .build(),
                KeySchemaElement.builder().attributeName(name).keyType(type).build());
    }

    private record Key(AttributeDefinition definition, KeySchemaElement element) {}

    /** Passes the emulators to the constructors of tests, and starts them for the first test that needs them. */
    public static final class Provider implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == Emulators.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            return test.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(Emulators.class, _ -> start(), Emulators.class);
        }
    }
}
