package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackFileTest {
    @TempDir
    Path work;

    private final List<String> problems = new ArrayList<>();

    @Test
    void namesEveryAddressAndEveryRunningProcess() throws IOException {
        try (var file = new StackFile(work, problems::add)) {
            file.started("ElasticMQ", 12);
            file.started("worker-fn", 11);
            file.publish(addresses());

            assertThat(content())
                    .isEqualTo("""
            {
              "pid" : %d,
              "addresses" : {
                "WebSocket" : "ws://localhost:3000",
                "HTTP" : "http://localhost:3000/v1/responses",
                "@connections" : "http://127.0.0.1:3001/live",
                "Lambda" : "http://127.0.0.1:3002",
                "DynamoDB" : "http://127.0.0.1:3003",
                "SQS" : "http://127.0.0.1:3004",
                "faults" : "http://127.0.0.1:3006",
                "model" : "http://127.0.0.1:3005/v1",
                "logs" : "%s"
              },
              "processes" : [ {
                "name" : "worker-fn",
                "pid" : 11
              }, {
                "name" : "ElasticMQ",
                "pid" : 12
              } ]
            }""".formatted(ProcessHandle.current().pid(), work));
        }
    }

    @Test
    void followsProcessesThatStartAndEnd() throws IOException {
        try (var file = new StackFile(work, problems::add)) {
            file.publish(addresses());
            file.started("worker-fn", 11);
            assertThat(content()).contains("\"pid\" : 11");

            file.ended(11);

            assertThat(content()).contains("\"processes\" : [ ]");
            assertThat(problems).isEmpty();
        }
    }

    @Test
    void isAbsentBeforeTheStackIsReadyAndAfterItsEnd() throws IOException {
        Files.writeString(work.resolve(StackFile.NAME), "of a killed stack");
        var file = new StackFile(work, problems::add);
        file.started("worker-fn", 11);
        assertThat(work).isEmptyDirectory();

        file.publish(addresses());
        file.close();
        file.ended(11);

        assertThat(work).isEmptyDirectory();
    }

    @Test
    void reportsAChangeThatCannotBeWritten() throws IOException {
        var folder = Files.createDirectory(work.resolve("folder"));
        try (var file = new StackFile(folder, problems::add)) {
            file.publish(addresses());
            Files.delete(folder.resolve(StackFile.NAME));
            Files.delete(folder);

            file.started("worker-fn", 11);

            assertThat(problems)
                    .singleElement()
                    .asString()
                    .startsWith(folder.resolve(StackFile.NAME) + " is out of date: ");
        }
    }

    private String content() throws IOException {
        return Files.readString(work.resolve(StackFile.NAME));
    }

    private StackAddresses addresses() {
        return new StackAddresses(
                URI.create("http://127.0.0.1:3000"),
                URI.create("http://127.0.0.1:3001/live"),
                URI.create("http://127.0.0.1:3002"),
                URI.create("http://127.0.0.1:3003"),
                URI.create("http://127.0.0.1:3004"),
                Optional.of(URI.create("http://127.0.0.1:3006")),
                new StackAddresses.Model(Optional.of(URI.create("http://127.0.0.1:3005/v1")), "simulated"),
                work);
    }
}
