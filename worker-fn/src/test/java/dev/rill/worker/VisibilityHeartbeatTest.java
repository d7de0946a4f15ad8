package dev.rill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(20)
class VisibilityHeartbeatTest {

    private static final BatchMessage FIRST = new BatchMessage("m1", "", "r1", 1);
    private static final BatchMessage SECOND = new BatchMessage("m2", "", "r2", 1);

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final List<String> hidden = new ArrayList<>();

    @Test
    void heartbeatHidesFor16SecondsEvery4Seconds() throws Exception {
        var heartbeat = new VisibilityHeartbeat(this::hide, time);

        var failed = heartbeat.during(() -> work(Duration.ofSeconds(9)), List.of(FIRST, SECOND));

        assertThat(failed).isEmpty();
        assertThat(hidden).containsExactly("PT0S [r1, r2] PT16S", "PT4S [r1, r2] PT16S", "PT8S [r1, r2] PT16S");
    }

    @Test
    void noHeartbeatFollowsTheEndOfTheWork() throws Exception {
        var heartbeat = new VisibilityHeartbeat(this::hide, time);

        var _ = heartbeat.during(() -> work(Duration.ofSeconds(1)), List.of(FIRST));
        time.advance(Duration.ofMinutes(1));

        assertThat(hidden).containsExactly("PT0S [r1] PT16S");
    }

    @Test
    void retryDelayIsSetAfterTheLastHeartbeat() throws Exception {
        var heartbeat = new VisibilityHeartbeat(this::hide, time);
        var failedSecond = new FailedMessage(SECOND, Duration.ofSeconds(5));

        var failed = heartbeat.during(() -> work(Duration.ofSeconds(1), failedSecond), List.of(FIRST, SECOND));

        assertThat(failed).containsExactly(failedSecond);
        assertThat(hidden).containsExactly("PT0S [r1, r2] PT16S", "PT1S [r2] PT5S");
    }

    @Test
    void workContinuesIfTheQueueIsUnavailable() throws Exception {
        var heartbeat = new VisibilityHeartbeat(
                (handles, timeout) -> {
                    hide(handles, timeout);
                    throw new IllegalStateException("no queue");
                },
                time);
        var failedFirst = new FailedMessage(FIRST, Duration.ofSeconds(5));

        assertThat(heartbeat.during(() -> work(Duration.ofSeconds(5), failedFirst), List.of(FIRST)))
                .containsExactly(failedFirst);
        assertThat(hidden).containsExactly("PT0S [r1] PT16S", "PT4S [r1] PT16S", "PT5S [r1] PT5S");
    }

    /** The SDK may swallow an interrupt while it waits for an answer. */
    @Test
    void heartbeatEndsEvenIfItsInterruptIsSwallowed() throws Exception {
        var heartbeat = new VisibilityHeartbeat(
                (handles, timeout) -> {
                    hide(handles, timeout);
                    try {
                        time.sleep(Duration.ofDays(1));
                    } catch (InterruptedException _) {
                        hidden.add("interrupted");
                    }
                },
                time);

        var _ = heartbeat.during(() -> work(Duration.ofSeconds(5)), List.of(FIRST));

        assertThat(hidden).containsExactly("PT0S [r1] PT16S", "interrupted");
    }

    private void hide(List<String> receiptHandles, Duration timeout) {
        hidden.add(time.elapsed() + " " + receiptHandles + " " + timeout);
    }

    private List<FailedMessage> work(Duration duration, FailedMessage... failed) throws InterruptedException {
        time.sleep(duration);
        return List.of(failed);
    }
}
