package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.load.faults.FaultSuite;
import dev.rill.load.faults.FaultSuite.Addresses;
import dev.rill.load.faults.FaultSuite.Choice;
import dev.rill.load.faults.FaultSuite.Options;
import dev.rill.load.faults.FaultSuite.TimeLimits;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import dev.rill.tests.Repository;
import dev.rill.tests.conformance.Conformance;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Runs the fault suite with few prompts on a stack with {@code --faults}: the scenarios that take a minute together, or
 * nearly all scenarios with {@code -Pfull}, which sets the system property {@code rill.full}. Before it, the faults of
 * the web page are injected on the same stack; the answer whose worker they kill is read after it, when it has gone on.
 */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@EnabledOnOs({OS.LINUX, OS.MAC})
class FaultsTest {

    private static final boolean FULL = Boolean.getBoolean("rill.full");

    /** Seed of the suite's random choices. The timing of the processes differs from run to run. */
    private static final long SEED = 3;

    /** Takes 20 s, so that its worker is killed before its end on a busy machine too. */
    private static final String COUNT = "/slow 2 /count 40";

    private LocalStack stack;

    /** The response whose worker was killed. */
    private String killed = "";

    @BeforeAll
    void start() throws IOException, InterruptedException {
        stack = LocalStack.start(
                Repository.root().resolve("tests/target/faults-stack"),
                "--auth",
                "none",
                "--faults",
                "--parameter",
                "ModelIdleSeconds=8");
    }

    @AfterAll
    void stop() {
        stack.close();
    }

    @Test
    @Order(1)
    void pageIsToldThatItMayInjectFaults() throws Exception {
        try (var config = stack.get("/config.json")) {
            assertThat(config.header("x-rill-faults")).isEqualTo("/local/faults");
            assertThat(config.json().path("model").textValue()).isEqualTo("simulated");
        }
    }

    @Test
    @Order(2)
    void pageCutsSockets() throws Exception {
        try (var socket = stack.connect()) {
            // The handshake is answered just before the gateway knows the socket.
            socket.send("{\"type\":\"rill:ping\"}");
            assertThat(socket.receive()).isEqualTo("{\"type\":\"rill:pong\"}");
            try (var cut = stack.post("/local/faults/cut-sockets", "application/json", "{}")) {
                assertThat(cut.json()).hasToString("{\"cut\":1}");
            }
            assertThatThrownBy(socket::receive).isInstanceOf(AssertionError.class);
        }
    }

    @Test
    @Order(3)
    void pageKillsTheWorkerOfAnAnswer() throws Exception {
        var workers =
                stack.processesOf("worker-fn").stream().map(ProcessHandle::pid).toList();
        var created = "{\"input\":\"" + COUNT + "\",\"background\":true,\"stream\":true}";
        try (var answer = stack.post("/v1/responses", "application/json", created)) {
            killed = answer.nextEvent().at("/response/id").textValue();
            var event = answer.nextEvent();
            while (!event.path("type").asText().equals("response.output_text.delta")) {
                event = answer.nextEvent();
            }
            var request = "{\"response_id\":\"" + killed + "\"}";
            try (var answered = stack.post("/local/faults/kill-worker", "application/json", request)) {
                assertThat(workers).contains(answered.json().path("killed").longValue());
            }
        }
    }

    @Test
    @Order(4)
    void noAnswerIsLostDoubledOrWithoutAnEnd() throws IOException, InterruptedException, LoadException {
        var addresses = new Addresses(
                Target.parse(stack.address("WebSocket").toString()),
                stack.address("faults"),
                stack.address("model"),
                stack.address("SQS"),
                stack.address("DynamoDB"),
                stack.handle());
        var options = new Options(
                10,
                20,
                new TimeLimits(Duration.ofSeconds(120), Duration.ofSeconds(60), Duration.ofSeconds(1)),
                SEED,
                Duration.ofSeconds(5));
        Queue<String> violations = new ConcurrentLinkedQueue<>();
        Consumer<String> observer = text -> {
            try {
                Conformance.requireMessage(text);
            } catch (AssertionError e) {
                violations.add(String.valueOf(e.getMessage()));
            }
        };
        try (var suite = new FaultSuite(addresses, options, InstantSource.system(), observer, _ -> {})) {
            var outcome = suite.run(FULL ? new Choice.Parallel() : new Choice.Brief());

            assertThat(outcome.kept()).as(String.join("\n", outcome.lines())).isTrue();
            assertThat(violations).as("events that do not conform").isEmpty();
        }
    }

    @Test
    @Order(5)
    void answerOfAKilledWorkerGoesOn() throws Exception {
        try (var answer = stack.get("/v1/responses/" + killed + "?stream=true")) {
            var transcript = answer.events();

            assertThat(transcript.all("rill:response.restarted")).isNotEmpty();
            assertThat(transcript.response().path("status").textValue()).isEqualTo("completed");
            assertThat(transcript.outputText()).startsWith("1 2 3 ").endsWith(" 39 40");
        }
    }
}
