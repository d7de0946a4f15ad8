package dev.rill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class VisibilityHeartbeatTest {

    private static final BatchMessage FIRST = new BatchMessage("m1", "", "r1", 1);
    private static final BatchMessage SECOND = new BatchMessage("m2", "", "r2", 1);

    private final List<String> hidden = new CopyOnWriteArrayList<>();
    private final List<Duration> slept = new CopyOnWriteArrayList<>();

    @Test
    void heartbeatHidesFor16SecondsEvery4Seconds() throws Exception {
        var threeHeartbeats = new CountDownLatch(3);
        var heartbeat = new VisibilityHeartbeat(
                (handles, time) -> {
                    hidden.add(handles + " " + time);
                    threeHeartbeats.countDown();
                },
                time -> {
                    if (threeHeartbeats.getCount() == 0) {
                        Thread.sleep(Duration.ofDays(1));
                    }
                    slept.add(time);
                });

        var failed = heartbeat.during(
                () -> {
                    threeHeartbeats.await();
                    return List.of();
                },
                List.of(FIRST, SECOND));

        assertThat(failed).isEmpty();
        assertThat(hidden).containsExactly("[r1, r2] PT16S", "[r1, r2] PT16S", "[r1, r2] PT16S");
        assertThat(slept).containsExactly(Duration.ofSeconds(4), Duration.ofSeconds(4));
    }

    @Test
    void retryDelayIsSetAfterTheLastHeartbeat() throws Exception {
        var begun = new CountDownLatch(1);
        var heartbeat = new VisibilityHeartbeat(
                (handles, time) -> {
                    hidden.add(handles + " " + time);
                    begun.countDown();
                },
                _ -> Thread.sleep(Duration.ofDays(1)));
        var failedSecond = new FailedMessage(SECOND, Duration.ofSeconds(5));

        var failed = heartbeat.during(
                () -> {
                    begun.await();
                    return List.of(failedSecond);
                },
                List.of(FIRST, SECOND));

        assertThat(failed).containsExactly(failedSecond);
        assertThat(hidden).containsExactly("[r1, r2] PT16S", "[r2] PT5S");
    }

    @Test
    void workContinuesIfTheQueueIsUnavailable() throws Exception {
        var twoHeartbeats = new CountDownLatch(2);
        var heartbeat = new VisibilityHeartbeat(
                (_, _) -> {
                    twoHeartbeats.countDown();
                    throw new IllegalStateException("no queue");
                },
                _ -> {});
        var failedFirst = new FailedMessage(FIRST, Duration.ofSeconds(5));

        assertThat(heartbeat.during(
                        () -> {
                            twoHeartbeats.await();
                            return List.of(failedFirst);
                        },
                        List.of(FIRST)))
                .containsExactly(failedFirst);
    }

    /** The SDK may swallow an interrupt while it waits for an answer. */
    @Test
    void heartbeatEndsEvenIfItsInterruptIsSwallowed() throws Exception {
        var asking = new CountDownLatch(1);
        var heartbeat = new VisibilityHeartbeat(
                (_, _) -> {
                    asking.countDown();
                    try {
                        Thread.sleep(Duration.ofDays(1));
                    } catch (InterruptedException _) {
                        hidden.add("interrupted");
                    }
                },
                _ -> {});

        heartbeat.during(
                () -> {
                    asking.await();
                    return List.of();
                },
                List.of(FIRST));

        assertThat(hidden).containsExactly("interrupted");
    }
}
