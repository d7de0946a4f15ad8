package dev.rill.local.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.embedded.EmbeddedProcess;
import dev.rill.local.embedded.EmbeddedProcessException;
import dev.rill.local.template.StackPlan;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

class EmbeddedServicesTest {
    private static final LocalClients CLIENTS = new LocalClients("eu-central-1");

    @TempDir
    Path work;

    private EmbeddedProcess.Launch launch() {
        return EmbeddedProcess.Launch.withThisJava(Path.of("embedded"), work);
    }

    @Test
    void dynamoDbLocalServesTheTablesOfAPlanOnLoopbackOnly() throws Exception {
        try (var process = EmbeddedProcess.dynamoDb(launch(), 0);
                var client = CLIENTS.dynamoDb(process.endpoint())) {
            var table = new StackPlan.Table(
                    "Rows",
                    Map.of("id", "S", "sequence", "N"),
                    new StackPlan.Key("id", Optional.of("sequence")),
                    List.of(new StackPlan.Index(
                            "bySequence", new StackPlan.Key("sequence", Optional.empty()), "ALL", List.of())),
                    Optional.of("expires_at"));

            ResourceCreator.createTables(List.of(table), client);

            var made =
                    client.describeTable(request -> request.tableName("Rows")).table();
            assertThat(made.keySchema())
                    .extracting(key -> key.keyTypeAsString() + " " + key.attributeName())
                    .containsExactly("HASH id", "RANGE sequence");
            assertThat(made.globalSecondaryIndexes())
                    .extracting(index -> index.indexName())
                    .containsExactly("bySequence");
            var expiry = client.describeTimeToLive(request -> request.tableName("Rows"))
                    .timeToLiveDescription();
            assertThat(expiry.attributeName()).isEqualTo("expires_at");
            assertThat(expiry.timeToLiveStatus()).isEqualTo(TimeToLiveStatus.ENABLED);
            assertAnswersOnLoopbackOnly(process.endpoint());
            // DynamoDB Local writes into its own working directory.
            assertThat(Path.of("telemetry")).doesNotExist();
            assertThat(work.resolve("dynamodb")).isDirectory();

            assertThat(ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly())
                    .isTrue();

            assertThat(process.unexpectedEnd().get(30, TimeUnit.SECONDS))
                    .isEqualTo("DynamoDB Local was ended by signal 9 (its log: " + work.resolve("dynamodb.log") + ")");
        }
    }

    @Test
    void elasticMqServesTheQueuesOfAPlanOnLoopbackOnly() throws Exception {
        var process = EmbeddedProcess.elasticMq(launch(), 0, "eu-central-1", "000000000000");
        var handle = ProcessHandle.of(process.pid()).orElseThrow();
        var death = process.unexpectedEnd();
        try (process;
                var client = CLIENTS.sqs(process.endpoint())) {
            var deadArn = "arn:aws:sqs:eu-central-1:000000000000:dead";
            var prompts = new StackPlan.Queue(
                    "prompts",
                    process.endpoint() + "/000000000000/prompts",
                    "arn:aws:sqs:eu-central-1:000000000000:prompts",
                    Duration.ofMinutes(6),
                    Duration.ofDays(1),
                    Duration.ZERO,
                    Duration.ZERO,
                    Optional.of(new StackPlan.Redrive(deadArn, 3)));
            var dead = new StackPlan.Queue(
                    "dead",
                    process.endpoint() + "/000000000000/dead",
                    deadArn,
                    Duration.ofSeconds(30),
                    Duration.ofDays(4),
                    Duration.ZERO,
                    Duration.ZERO,
                    Optional.empty());

            ResourceCreator.createQueues(List.of(prompts, dead), client);

            assertThat(client.getQueueUrl(request -> request.queueName("prompts"))
                            .queueUrl())
                    .isEqualTo(prompts.url());
            assertThat(client.getQueueAttributes(
                                    request -> request.queueUrl(prompts.url()).attributeNames(QueueAttributeName.ALL))
                            .attributes())
                    .containsEntry(QueueAttributeName.VISIBILITY_TIMEOUT, "360")
                    .containsEntry(QueueAttributeName.QUEUE_ARN, prompts.arn())
                    .extractingByKey(QueueAttributeName.REDRIVE_POLICY)
                    .asString()
                    .contains(deadArn);
            assertAnswersOnLoopbackOnly(process.endpoint());
        }
        assertThat(handle.onExit().get(30, TimeUnit.SECONDS).isAlive()).isFalse();
        assertThat(death).as("an end that was asked for is no death").isNotDone();
    }

    @Test
    void reportsATakenPortInOneLine() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedProcess.dynamoDb(launch(), taken.getLocalPort()))
                    .isInstanceOf(EmbeddedProcessException.class)
                    .hasMessageStartingWith("DynamoDB Local did not start: ")
                    .hasMessageContaining("Address already in use")
                    .hasMessageEndingWith("(its log: " + work.resolve("dynamodb.log") + ")")
                    .message()
                    .doesNotContain("\n");
        }
    }

    @Test
    void reportsAMissingClassPath() {
        var launch = EmbeddedProcess.Launch.withThisJava(work, work);

        assertThatThrownBy(() -> EmbeddedProcess.dynamoDb(launch, 0))
                .isInstanceOf(EmbeddedProcessException.class)
                .hasMessageContaining("is missing: build with");
    }

    private static void assertAnswersOnLoopbackOnly(URI endpoint) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.getPort())) {
            assertThat(socket.isConnected()).isTrue();
        }
        for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (var address : Collections.list(network.getInetAddresses())) {
                if (address instanceof Inet4Address && !address.isLoopbackAddress()) {
                    try (var socket = new Socket()) {
                        assertThatThrownBy(
                                        () -> socket.connect(new InetSocketAddress(address, endpoint.getPort()), 2000))
                                .isInstanceOf(IOException.class);
                    }
                }
            }
        }
    }
}
