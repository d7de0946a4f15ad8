package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeUnit;
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
 * Runs the fault suite with few prompts on a stack of its own: the scenarios that take a minute together, or nearly all
 * scenarios with {@code -Pfull}, which sets the system property {@code rill.full}. Then it kills the queue of that
 * stack.
 */
@Timeout(900)
@EnabledOnOs({OS.LINUX, OS.MAC})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultsTest {

    private static final boolean FULL = Boolean.getBoolean("rill.full");

    /** Seed of the suite's random choices. The timing of the processes differs from run to run. */
    private static final long SEED = 3;

    private LocalStack stack;

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
    void close() {
        stack.close();
    }

    @Test
    @Order(1)
    void noAnswerIsLostDoubledOrWithoutAnEnd() throws InterruptedException, LoadException {
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

    /** Without its queue a stack answers no request, so it ends. */
    @Test
    @Order(2)
    void stackEndsWhenItsQueueIsKilledAndSaysSo() throws Exception {
        var children = stack.children();
        var queue = stack.processesOf("ElasticMQ");

        assertThat(queue).singleElement().returns(true, ProcessHandle::destroyForcibly);

        assertThat(stack.awaitEnd()).isEqualTo(1);
        for (var child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
        assertThat(stack.output().lines().filter(line -> line.startsWith("rill: the stack ends")))
                .singleElement()
                .asString()
                .startsWith("rill: the stack ends, since ElasticMQ was ended by signal 9 (its log: ");
    }
}
