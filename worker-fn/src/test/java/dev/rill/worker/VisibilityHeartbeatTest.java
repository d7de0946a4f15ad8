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
    void messagesAreHiddenFor16SecondsEvery4SecondsWhileTheWorkLasts() throws Exception {
        var thrice = new CountDownLatch(3);
        var heartbeat = new VisibilityHeartbeat(
                (handles, time) -> {
                    hidden.add(handles + " " + time);
                    thrice.countDown();
                },
                time -> {
                    if (thrice.getCount() == 0) {
                        Thread.sleep(Duration.ofDays(1));
                    }
                    slept.add(time);
                });

        var failed = heartbeat.during(
                () -> {
                    thrice.await();
                    return List.of();
                },
                List.of(FIRST, SECOND));

        assertThat(failed).isEmpty();
        assertThat(hidden).containsExactly("[r1, r2] PT16S", "[r1, r2] PT16S", "[r1, r2] PT16S");
        assertThat(slept).containsExactly(Duration.ofSeconds(4), Duration.ofSeconds(4));
    }

    @Test
    void whatFailedIsShownWhenItShallComeAgainAndNotHiddenAnyMore() throws Exception {
        var begun = new CountDownLatch(1);
        var heartbeat = new VisibilityHeartbeat(
                (handles, time) -> {
                    hidden.add(handles + " " + time);
                    begun.countDown();
                },
                _ -> Thread.sleep(Duration.ofDays(1)));
        var soon = new FailedMessage(SECOND, Duration.ofSeconds(5));

        var failed = heartbeat.during(
                () -> {
                    begun.await();
                    return List.of(soon);
                },
                List.of(FIRST, SECOND));

        assertThat(failed).containsExactly(soon);
        assertThat(hidden).containsExactly("[r1, r2] PT16S", "[r2] PT5S");
    }

    @Test
    void workGoesOnThoughTheQueueCannotBeReached() throws Exception {
        var twice = new CountDownLatch(2);
        var heartbeat = new VisibilityHeartbeat(
                (_, _) -> {
                    twice.countDown();
                    throw new IllegalStateException("no queue");
                },
                _ -> {});
        var again = new FailedMessage(FIRST, Duration.ofSeconds(5));

        assertThat(heartbeat.during(
                        () -> {
                            twice.await();
                            return List.of(again);
                        },
                        List.of(FIRST)))
                .containsExactly(again);
    }

    /** As a library may that is interrupted while it waits for an answer. */
    @Test
    void interruptThatGetsLostDoesNotKeepTheWorkerFromEnding() throws Exception {
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
