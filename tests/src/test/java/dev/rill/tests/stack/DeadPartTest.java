package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.tests.Repository;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Tests that the stack ends if its queue's process dies: without the queue it answers no request. */
@Timeout(180)
class DeadPartTest {

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void stackEndsWhenItsQueueIsKilledAndSaysSo() throws Exception {
        try (var stack = LocalStack.start(
                Repository.root().resolve("tests/target/dead-part-stack"), "--auth", "none", "--log", "quiet")) {
            var children = stack.children();
            var queue = stack.processesOf("ElasticMQ");

            assertThat(queue).singleElement().returns(true, ProcessHandle::destroyForcibly);

            assertThat(stack.awaitEnd()).isEqualTo(1);
            for (var child : children) {
                child.onExit().get(30, TimeUnit.SECONDS);
            }
            assertThat(stack.output().lines().filter(line -> line.startsWith("rill: ")))
                    .singleElement()
                    .asString()
                    .startsWith("rill: the stack ends, since ElasticMQ was ended by signal 9 (its log: ");
        }
    }
}
