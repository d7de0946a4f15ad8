package dev.rill.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.rill.aws.DynamoQuota;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import dev.rill.local.embedded.EmbeddedProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** The commands on tables of DynamoDB Local, which a local stack and a scripted CloudFormation name. */
class DeployedKeyStoresTest {

    private static final Path CLASS_PATHS = Path.of("..", "..", "local", "embedded");
    private static final Path WORK = Path.of("target", "emulators");
    private static final List<String> PROPERTIES = List.of(
            "aws.endpointUrlCloudFormation",
            "aws.endpointUrlDynamoDb",
            "aws.region",
            "aws.accessKeyId",
            "aws.secretAccessKey");

    private static EmbeddedProcess dynamoDb;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final HttpServer cloudFormation;

    @TempDir
    Path work;

    /** What a command has written, and its exit code. */
    private record Run(int code, String out, String err) {}

    DeployedKeyStoresTest() throws IOException {
        cloudFormation = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeAll
    static void startDynamoDb() throws Exception {
        dynamoDb = EmbeddedProcess.dynamoDb(EmbeddedProcess.Launch.withThisJava(CLASS_PATHS, WORK), 0);
        try (var client = client()) {
            for (var table : List.of("CredentialsTable", "prod-CredentialsTable-1A2B")) {
                var _ = client.createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(AttributeDefinition.builder()
                                .attributeName("credential_id")
                                .attributeType(ScalarAttributeType.S)
                                .build())
                        .keySchema(KeySchemaElement.builder()
                                .attributeName("credential_id")
                                .keyType(KeyType.HASH)
                                .build()));
            }
            createResponsesTable(client);
        }
    }

    private static void createResponsesTable(DynamoDbClient client) {
        var _ = client.createTable(create -> create.tableName("ResponsesTable")
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(
                        attribute("response_id", ScalarAttributeType.S),
                        attribute("sequence", ScalarAttributeType.N),
                        attribute("account", ScalarAttributeType.S))
                .keySchema(key("response_id", KeyType.HASH), key("sequence", KeyType.RANGE))
                .globalSecondaryIndexes(GlobalSecondaryIndex.builder()
                        .indexName("accounts")
                        .keySchema(key("account", KeyType.HASH))
                        .projection(projection -> projection.projectionType(ProjectionType.KEYS_ONLY))
                        .build()));
    }

    private static AttributeDefinition attribute(String name, ScalarAttributeType type) {
        return AttributeDefinition.builder()
                .attributeName(name)
                .attributeType(type)
                .build();
    }

    private static KeySchemaElement key(String name, KeyType type) {
        return KeySchemaElement.builder().attributeName(name).keyType(type).build();
    }

    private static DynamoDbClient client() {
        return DynamoDbClient.builder()
                .endpointOverride(dynamoDb.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    @AfterAll
    static void stopDynamoDb() {
        dynamoDb.close();
    }

    @AfterEach
    void stop() {
        cloudFormation.stop(0);
        PROPERTIES.forEach(System::clearProperty);
    }

    @Test
    void keyOfALocalStackIsCreatedListedAndRevoked() throws Exception {
        writeStackFile(ProcessHandle.current().pid());
        var where = List.of("--work", work.toString());

        var created = json(run(where, "create", "--name", "laptop", "--subject", "alice", "--json"));
        var id = created.path("id").textValue();
        assertThat(run(where, "list").out()).contains(id + "  valid ").contains("key:alice");
        assertThat(run(where, "revoke", id).out()).startsWith(id + " (laptop) is revoked");
        assertThat(run(where, "list").out())
                .contains(id + "  revoked ")
                .doesNotContain(created.path("key").textValue());
    }

    @Test
    void keyOfADeployedStackIsInItsTable() throws Exception {
        deployed("""
                <DescribeStackResourceResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
                <DescribeStackResourceResult><StackResourceDetail>
                <PhysicalResourceId>prod-CredentialsTable-1A2B</PhysicalResourceId>
                </StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>
                """, 200);
        var where = List.of("--stack", "prod");

        var created = json(run(where, "create", "--name", "laptop", "--subject", "bob", "--json"));

        assertThat(run(where, "list", "--json").out())
                .hasLineCount(1)
                .contains(created.path("id").textValue());
        assertThat(asked)
                .allMatch(request -> request.contains("Action=DescribeStackResource&")
                        && request.contains("StackName=prod&")
                        && request.contains("LogicalResourceId=CredentialsTable"));
        writeStackFile(ProcessHandle.current().pid());
        assertThat(run(List.of("--work", work.toString()), "list").out()).doesNotContain("key:bob");
    }

    @Test
    void usageOfALocalStackIsListedByItsIndex() throws Exception {
        writeStackFile(ProcessHandle.current().pid());
        var where = List.of("--work", work.toString());
        assertThat(usage(where)).isEqualTo(new Run(0, "no accounts\n", ""));
        var time = new ManualTime();
        try (var client = client()) {
            // An item of a response, which the index leaves out.
            client.putItem(put -> put.tableName("ResponsesTable")
                    .item(Map.of(
                            "response_id", AttributeValue.fromS("resp_1"), "sequence", AttributeValue.fromN("-1"))));
            var quota = new DynamoQuota(client, "ResponsesTable", time);
            var key = new QuotaKey("key:alice");
            var id = ResponseIds.of(1);
            var candidate =
                    new Candidate(key, id, "r1", time.instant(), Limits.NONE, new Demand(1, OptionalLong.empty()));
            var admitted = (Admission.Admitted) quota.admitInline(candidate);
            var booking = new Booking(new TokenUsage(10, 20, 3, 4), new EstimatedTokens(5, 6), 1);
            quota.settle(key, id, Optional.of(new Settlement(admitted.reservation(), booking)));
        }

        assertThat(usage(where).out())
                .hasLineCount(3)
                .contains("key:alice  2026-11-02  1         10     20      3       4          5                6 ");
        assertThat(usage(where, "--subject", "alice")).isEqualTo(usage(where));
        assertThat(json(usage(where, "--json")).at("/month/stops").intValue()).isEqualTo(1);
    }

    @Test
    void stackThatDoesNotExistIsAnErrorInOneLine() {
        deployed("""
                <ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
                <Code>ValidationError</Code><Message>Stack 'prod' does not exist</Message></Error></ErrorResponse>
                """, 400);

        var refused = run(List.of("--stack", "prod"), "list");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("rill: the table of keys of the stack prod is not found: Stack 'prod' does not exist")
                .hasLineCount(1);
    }

    @Test
    void missingSettingIsNamedInOneLine() {
        var error = SdkClientException.create(
                "Unable to load region from any of the providers in the chain Chain@1:\n [A: no, B: no]");

        assertThat(OperatorException.of("no table", error))
                .hasMessage("no table: Unable to load region (./rill keys --help says from where)");
    }

    @Test
    void localStackThatDoesNotRunIsAnErrorInOneLine() throws Exception {
        var expected = "rill: no local stack runs in " + work
                + ": start ./rill up, or name another deployment by --port, --work or --stack\n";
        var where = List.of("--work", work.toString());
        assertThat(run(where, "list")).isEqualTo(new Run(1, "", expected));

        Files.writeString(work.resolve("stack.json"), "{");
        assertThat(run(where, "list")).isEqualTo(new Run(1, "", expected));

        // What a stack leaves behind that was killed. No process has this number.
        writeStackFile(Integer.MAX_VALUE);
        assertThat(run(where, "list")).isEqualTo(new Run(1, "", expected));
    }

    private void writeStackFile(long pid) throws IOException {
        var stack = Json.object().put("pid", pid);
        stack.putObject("addresses").put("DynamoDB", dynamoDb.endpoint().toString());
        Files.writeString(work.resolve("stack.json"), Json.write(stack));
    }

    /** Lets CloudFormation answer every request with this page. */
    private void deployed(String page, int status) {
        cloudFormation.createContext("/", exchange -> {
            try (exchange) {
                asked.add(URLDecoder.decode(new String(exchange.getRequestBody().readAllBytes(), UTF_8), UTF_8) + "&");
                var body = page.strip().getBytes(UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/xml");
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        cloudFormation.start();
        System.setProperty(
                "aws.endpointUrlCloudFormation",
                "http://127.0.0.1:" + cloudFormation.getAddress().getPort());
        System.setProperty("aws.endpointUrlDynamoDb", dynamoDb.endpoint().toString());
        System.setProperty("aws.region", "us-east-1");
        System.setProperty("aws.accessKeyId", "a");
        System.setProperty("aws.secretAccessKey", "a");
    }

    private static JsonNode json(Run run) {
        assertThat(run.err()).isEmpty();
        return Json.findObject(run.out().strip()).orElseThrow();
    }

    private static Run run(List<String> where, String... arguments) {
        var all = new ArrayList<>(List.of("keys"));
        all.addAll(List.of(arguments));
        all.addAll(2, where);
        return run(all);
    }

    private static Run usage(List<String> where, String... arguments) {
        var all = new ArrayList<>(List.of("usage"));
        all.addAll(where);
        all.addAll(List.of(arguments));
        return run(all);
    }

    private static Run run(List<String> all) {
        var out = new StringWriter();
        var err = new StringWriter();
        var time = new ManualTime();
        int code = Main.commandLine(
                        new DeployedKeyStores(time), new DeployedAccountStores(time), new SecureRandom(), time)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Run(code, out.toString(), err.toString());
    }
}
