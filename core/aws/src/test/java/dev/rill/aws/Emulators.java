package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

/**
 * DynamoDB Local and ElasticMQ in one process, which is started for the first test that needs it and ends with the run.
 */
public final class Emulators implements AutoCloseable {

    static final String CONNECTIONS = "connections";
    static final String RESPONSES = "responses";

    private static final int START_LIMIT_SECONDS = 60;
    private static final Path CLASS_PATH = Path.of("emulators", "target", "class-path");
    private static final Path SOURCE =
            Path.of("src", "test", "emulators", "Emulators.java").toAbsolutePath();
    private static final Path WORK = Path.of("target", "emulators");

    private final Process process;
    private final Aws aws = aws();
    private final URI dynamoDbEndpoint;
    private final DynamoDbClient dynamoDb;
    private final SqsClient sqs;

    private Emulators(Process process, URI dynamoDbEndpoint, URI sqsEndpoint) {
        this.process = process;
        this.dynamoDbEndpoint = dynamoDbEndpoint;
        this.dynamoDb = dynamoDb(dynamoDbEndpoint);
        this.sqs = sqs(sqsEndpoint);
        createTable(CONNECTIONS, key("connection_id", KeyType.HASH, ScalarAttributeType.S));
        createTable(
                RESPONSES,
                key("response_id", KeyType.HASH, ScalarAttributeType.S),
                key("sequence", KeyType.RANGE, ScalarAttributeType.N));
    }

    /** Makes clients as the functions do, with credentials that the emulators do not check. */
    public static Aws aws() {
        return new Aws(Region.US_EAST_1, StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
    }

    /** A client made as in the functions; the SDK's setting for endpoints names the emulator. */
    static DynamoDbClient dynamoDb(URI endpoint) {
        System.setProperty("aws.endpointUrlDynamoDb", endpoint.toString());
        return aws().dynamoDb();
    }

    /** As {@link #dynamoDb(URI)}, for SQS. */
    static SqsClient sqs(URI endpoint) {
        System.setProperty("aws.endpointUrlSqs", endpoint.toString());
        return aws().sqs();
    }

    DynamoDbClient dynamoDb() {
        return dynamoDb;
    }

    URI dynamoDbEndpoint() {
        return dynamoDbEndpoint;
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
        process.destroy();
    }

    private static Emulators start() throws IOException {
        if (!Files.exists(CLASS_PATH)) {
            throw new IllegalStateException("core/aws/emulators has not been built: run Maven with -pl core/aws -am");
        }
        Files.createDirectories(WORK);
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx512m",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        Files.readString(CLASS_PATH),
                        SOURCE.toString())
                .directory(WORK.toFile())
                .redirectError(WORK.resolve("log").toFile())
                .start();
        // Not closed, because the process writes to the pipe as long as it runs.
        var output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        try {
            var ports =
                    CompletableFuture.supplyAsync(() -> readPorts(output)).get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
            return new Emulators(process, loopback(ports.get(1)), loopback(ports.get(2)));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "the emulators did not start: see " + WORK.resolve("log").toAbsolutePath(), e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the emulators start", e);
        }
    }

    private static List<String> readPorts(BufferedReader output) {
        try {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("ports ")) {
                    return Arrays.asList(line.split(" ", -1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("the process of the emulators has ended");
    }

    private static URI loopback(String port) {
        return URI.create("http://127.0.0.1:" + port);
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

    /** Gives the emulators to the constructors of tests; starts them for the first one. */
    static final class Provider implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == Emulators.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            return test.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(
                            Emulators.class,
                            _ -> {
                                try {
                                    return start();
                                } catch (IOException e) {
                                    throw new IllegalStateException("the emulators did not start", e);
                                }
                            },
                            Emulators.class);
        }
    }
}
