package dev.rill.chat.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.chat.memory.Gate;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SimulatedTimeExtensionTest {

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    @Test
    void testIsAThreadOfTheTime() throws Exception {
        time.sleep(Duration.ofHours(1));
        assertThat(time.elapsed()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void exceptionOfAnotherThreadFailsTheTest() {
        var other = SimulatedTime.inOrder();
        assertThatThrownBy(() -> new SimulatedTimeExtension(other).run(() -> {
                    other.start("broken", () -> {
                        throw new IllegalStateException("broken thread");
                    });
                    other.awaitIdle();
                    return null;
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("broken thread");
    }

    @Test
    void callReturnsItsResultOrThrowsItsException() throws Exception {
        var gate = new Gate(time);
        var call = SimulatedCall.start(time, "call", () -> {
            gate.await();
            return "done";
        });
        var failed = SimulatedCall.<String>start(time, "failed", () -> {
            throw new IllegalArgumentException("no");
        });
        time.awaitIdle();
        gate.open();
        assertThat(call.get()).isEqualTo("done");
        assertThatThrownBy(failed::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void gateThatIsNeverOpenedEndsTheRun() {
        var other = SimulatedTime.inOrder();
        assertThatThrownBy(() -> other.run(() -> new Gate(other).await())).isInstanceOf(StuckException.class);
    }
}
