package dev.rill.local.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.dynamodb.DynamoDbFaults.Fault;
import dev.rill.local.embedded.EmbeddedProcess;
import dev.rill.local.services.LocalClients;
import dev.rill.local.services.ResourceCreator;
import dev.rill.local.template.StackPlan;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.InternalServerErrorException;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** The proxy in front of DynamoDB Local, tested with AWS's own client without retries. */
class DynamoDbProxyTest {
    private static final String REGION = "eu-central-1";

    @TempDir
    static Path work;

    private static EmbeddedProcess process;
    private static DynamoDbClient direct;

    private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    private volatile Fault next = Fault.NONE;
    private DynamoDbProxy proxy;
    private DynamoDbClient client;
    private String table;

    @BeforeAll
    static void startDynamoDb() throws Exception {
        process = EmbeddedProcess.dynamoDb(EmbeddedProcess.Launch.withThisJava(Path.of("embedded"), work), 0);
        direct = new LocalClients(REGION).dynamoDb(process.endpoint());
    }

    @AfterAll
    static void stopDynamoDb() {
        direct.close();
        process.close();
    }

    @BeforeEach
    void startProxy(TestInfo test) throws Exception {
        table = test.getTestMethod().orElseThrow().getName();
        ResourceCreator.createTables(
                List.of(new StackPlan.Table(
                        table,
                        Map.of("id", "S"),
                        new StackPlan.Key("id", Optional.empty()),
                        List.of(),
                        Optional.empty())),
                direct);
        proxy = DynamoDbProxy.start(process.endpoint(), request -> {
            seen.add(request.operation() + (request.isConditional() ? " if" : ""));
            return next;
        });
        client = client(proxy.endpoint());
    }

    @AfterEach
    void stopProxy() {
        client.close();
        proxy.close();
    }

    @Test
    void forwardsRequestsAndResponses() {
        var large = "Grüße 🌍".repeat(20_000);
        client.putItem(request -> request.tableName(table).item(item("a", large)));

        assertThat(client.getItem(request -> request.tableName(table).key(key("a")))
                        .item())
                .isEqualTo(item("a", large));
        assertThat(direct.getItem(request -> request.tableName(table).key(key("a")))
                        .item())
                .isEqualTo(item("a", large));
        assertThat(seen).containsExactly("PutItem", "GetItem");
    }

    @Test
    void forwardsErrorsOfDynamoDb() {
        assertThatThrownBy(() ->
                        client.getItem(request -> request.tableName("nowhere").key(key("a"))))
                .isInstanceOf(ResourceNotFoundException.class);
        assertThatThrownBy(() -> client.updateItem(request -> request.tableName(table)
                        .key(key("a"))
                        .updateExpression("SET v = :v")
                        .conditionExpression("attribute_exists(id)")
                        .expressionAttributeValues(Map.of(":v", AttributeValue.fromS("1")))))
                .isInstanceOf(ConditionalCheckFailedException.class);
        assertThat(seen).containsExactly("GetItem", "UpdateItem if");
    }

    @Test
    void forwardsResponsesByteForByte() throws Exception {
        direct.putItem(request -> request.tableName(table).item(item("a", "Grüße")));
        var body = "{\"TableName\":\"%s\",\"Key\":{\"id\":{\"S\":\"a\"}}}".formatted(table);

        var through = post(proxy.endpoint(), body);
        var straight = post(process.endpoint(), body);

        assertThat(through.statusCode()).isEqualTo(200);
        assertThat(through.body()).isEqualTo(straight.body());
        assertThat(through.headers().firstValue("x-amz-crc32"))
                .isPresent()
                .isEqualTo(straight.headers().firstValue("x-amz-crc32"));
        assertThat(through.headers().firstValue("Content-Type"))
                .isEqualTo(straight.headers().firstValue("Content-Type"));
        assertThat(through.headers().map().keySet())
                .isEqualTo(straight.headers().map().keySet());
    }

    @Test
    void injectsThrottling() {
        next = Fault.THROTTLED;

        assertThatThrownBy(
                        () -> client.putItem(request -> request.tableName(table).item(item("a", "1"))))
                .isInstanceOfSatisfying(ProvisionedThroughputExceededException.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(400);
                    assertThat(e.isThrottlingException()).isTrue();
                });

        assertThat(stored("a")).isEmpty();
    }

    @Test
    void injectsInternalErrors() {
        next = Fault.INTERNAL_ERROR;

        assertThatThrownBy(
                        () -> client.putItem(request -> request.tableName(table).item(item("a", "1"))))
                .isInstanceOfSatisfying(
                        InternalServerErrorException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(500));

        assertThat(stored("a")).isEmpty();
    }

    @Test
    void injectsFailedConditions() {
        next = Fault.CONDITIONAL_FAILED;

        assertThatThrownBy(() -> client.putItem(request ->
                        request.tableName(table).item(item("a", "1")).conditionExpression("attribute_not_exists(id)")))
                .isInstanceOfSatisfying(ConditionalCheckFailedException.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(400);
                    assertThat(e.awsErrorDetails().errorMessage()).isEqualTo("The conditional request failed");
                });

        assertThat(stored("a")).isEmpty();
        assertThat(seen).containsExactly("PutItem if");
    }

    @Test
    void cancelsTransactions() {
        next = Fault.CONDITIONAL_FAILED;

        assertThatThrownBy(() -> client.transactWriteItems(
                        request -> request.transactItems(put("a"), putIfAbsent("b"), putIfAbsent("c"))))
                .isInstanceOfSatisfying(
                        TransactionCanceledException.class,
                        e -> assertThat(e.cancellationReasons())
                                .extracting(CancellationReason::code)
                                .containsExactly("None", "ConditionalCheckFailed", "None"));

        assertThat(stored("a")).isEmpty();
        assertThat(seen).containsExactly("TransactWriteItems if");
    }

    @Test
    void recognisesConditionalRequests() {
        client.putItem(request -> request.tableName(table).item(item("a", "1")));
        client.deleteItem(
                request -> request.tableName(table).key(key("a")).conditionExpression("attribute_exists(id)"));
        client.transactWriteItems(request -> request.transactItems(put("b")));
        client.transactWriteItems(request -> request.transactItems(
                put("c"),
                TransactWriteItem.builder()
                        .conditionCheck(check ->
                                check.tableName(table).key(key("d")).conditionExpression("attribute_not_exists(id)"))
                        .build()));
        // A filter is not a condition of a write.
        client.scan(request -> request.tableName(table).filterExpression("attribute_exists(id)"));

        assertThat(seen)
                .containsExactly("PutItem", "DeleteItem if", "TransactWriteItems", "TransactWriteItems if", "Scan");
    }

    @Test
    void closesTheConnectionIfDynamoDbIsGone() throws Exception {
        int closedPort;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = free.getLocalPort();
        }
        try (var before = DynamoDbProxy.start(URI.create("http://127.0.0.1:" + closedPort), DynamoDbFaults.NONE);
                var lost = client(before.endpoint())) {
            assertThatThrownBy(() -> lost.listTables()).isInstanceOf(SdkClientException.class);
        }
    }

    @Test
    void servesManyRequestsAtOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                var id = "id" + i;
                writes.add(threads.submit(
                        () -> client.putItem(request -> request.tableName(table).item(item(id, id)))));
            }
            for (var write : writes) {
                write.get();
            }
        }

        assertThat(direct.scan(request -> request.tableName(table)).count()).isEqualTo(200);
        assertThat(seen.stream().collect(Collectors.groupingBy(operation -> operation, Collectors.counting())))
                .isEqualTo(Map.of("PutItem", 200L));
    }

    private TransactWriteItem put(String id) {
        return TransactWriteItem.builder()
                .put(put -> put.tableName(table).item(item(id, "1")))
                .build();
    }

    private TransactWriteItem putIfAbsent(String id) {
        return TransactWriteItem.builder()
                .put(put -> put.tableName(table).item(item(id, "1")).conditionExpression("attribute_not_exists(id)"))
                .build();
    }

    private Map<String, AttributeValue> stored(String id) {
        return direct.getItem(request -> request.tableName(table).key(key(id))).item();
    }

    private static Map<String, AttributeValue> key(String id) {
        return Map.of("id", AttributeValue.fromS(id));
    }

    private static Map<String, AttributeValue> item(String id, String value) {
        return Map.of("id", AttributeValue.fromS(id), "v", AttributeValue.fromS(value));
    }

    private static HttpResponse<byte[]> post(URI endpoint, String body) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(endpoint)
                            .POST(BodyPublishers.ofString(body, UTF_8))
                            .header("X-Amz-Target", "DynamoDB_20120810.GetItem")
                            .header("Content-Type", "application/x-amz-json-1.0")
                            .header(
                                    "Authorization",
                                    "AWS4-HMAC-SHA256 Credential=local/20261101/" + REGION
                                            + "/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
                            .build(),
                    BodyHandlers.ofByteArray());
        }
    }

    private static DynamoDbClient client(URI endpoint) {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of(REGION))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }
}
