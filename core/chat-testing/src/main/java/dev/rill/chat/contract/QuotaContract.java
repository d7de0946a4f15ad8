package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.Quota.Admission;
import dev.rill.chat.queue.QuotaKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The contract of {@link Quota}. */
public abstract class QuotaContract {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualTime time = new ManualTime();
    private final QuotaKey quotaKey = new QuotaKey("zoë 😀 " + UUID.randomUUID());

    /** Creates an adapter with this clock and these limits of each quota key. */
    protected abstract Quota quota(InstantSource time, int running, int queued);

    @Test
    void admitsUpToTheLimitsOfQueuedAndRunning() {
        var quota = quota(time, 2, 3);

        assertThat(IntStream.range(0, 5).mapToObj(i -> quota.admitQueued(quotaKey, id("q" + i), soon())))
                .containsExactly(
                        Admission.ADMITTED, Admission.ADMITTED, Admission.ADMITTED, Admission.FULL, Admission.FULL);
        assertThat(IntStream.range(0, 3).mapToObj(i -> quota.admitRunning(quotaKey, id("r" + i), soon())))
                .containsExactly(Admission.ADMITTED, Admission.ADMITTED, Admission.FULL);
    }

    @Test
    void quotaKeysAreCountedSeparately() {
        var quota = quota(time, 1, 1);
        quota.admitQueued(quotaKey, id("a"), soon());
        quota.admitRunning(quotaKey, id("b"), soon());
        var other = new QuotaKey(quotaKey.value() + "!");

        assertThat(quota.admitQueued(other, id("a"), soon())).isEqualTo(Admission.ADMITTED);
        assertThat(quota.admitRunning(other, id("b"), soon())).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void responseIsCountedOnce() {
        var quota = quota(time, 1, 1);

        for (int i = 0; i < 3; i++) {
            assertThat(quota.admitQueued(quotaKey, id("a"), soon())).isEqualTo(Admission.ADMITTED);
            assertThat(quota.admitRunning(quotaKey, id("b"), soon())).isEqualTo(Admission.ADMITTED);
        }

        quota.release(quotaKey, id("a"));
        quota.release(quotaKey, id("b"));
        assertThat(quota.admitQueued(quotaKey, id("c"), soon())).isEqualTo(Admission.ADMITTED);
        assertThat(quota.admitRunning(quotaKey, id("d"), soon())).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void runningResponseFreesItsPlaceAmongTheQueued() {
        var quota = quota(time, 1, 1);
        quota.admitQueued(quotaKey, id("a"), soon());

        assertThat(quota.admitRunning(quotaKey, id("a"), soon())).isEqualTo(Admission.ADMITTED);

        assertThat(quota.admitQueued(quotaKey, id("b"), soon())).isEqualTo(Admission.ADMITTED);
        assertThat(quota.admitRunning(quotaKey, id("b"), soon())).isEqualTo(Admission.FULL);
        assertThat(quota.admitQueued(quotaKey, id("c"), soon())).isEqualTo(Admission.FULL);
        quota.release(quotaKey, id("a"));
        assertThat(quota.admitRunning(quotaKey, id("b"), soon())).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void placeExpiresAtItsInstant() {
        var quota = quota(time, 1, 1);
        quota.admitQueued(quotaKey, id("a"), soon());
        quota.admitRunning(quotaKey, id("b"), soon());

        time.advance(MINUTE.minusMillis(1));
        assertThat(quota.admitQueued(quotaKey, id("c"), soon())).isEqualTo(Admission.FULL);
        assertThat(quota.admitRunning(quotaKey, id("d"), soon())).isEqualTo(Admission.FULL);

        time.advance(Duration.ofMillis(1));
        assertThat(quota.admitQueued(quotaKey, id("c"), soon())).isEqualTo(Admission.ADMITTED);
        assertThat(quota.admitRunning(quotaKey, id("d"), soon())).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void secondAdmissionToRunProlongsThePlace() {
        var quota = quota(time, 1, 1);
        quota.admitRunning(quotaKey, id("a"), soon());
        time.advance(MINUTE.minusMillis(1));
        quota.admitRunning(quotaKey, id("a"), soon());
        time.advance(MINUTE.minusMillis(1));

        assertThat(quota.admitRunning(quotaKey, id("b"), soon())).isEqualTo(Admission.FULL);
    }

    @Test
    void extendProlongsThePlaceOfAQueuedResponse() {
        var quota = quota(time, 1, 1);
        quota.admitQueued(quotaKey, id("a"), soon());
        quota.extend(quotaKey, id("a"), soon().plus(MINUTE));
        time.advance(MINUTE);

        assertThat(quota.admitQueued(quotaKey, id("b"), soon())).isEqualTo(Admission.FULL);
    }

    @Test
    void secondAdmissionToQueueDoesNotShortenThePlace() {
        var quota = quota(time, 1, 1);
        quota.admitQueued(quotaKey, id("a"), soon().plus(MINUTE));
        quota.admitQueued(quotaKey, id("a"), soon());
        time.advance(MINUTE);

        assertThat(quota.admitQueued(quotaKey, id("b"), soon())).isEqualTo(Admission.FULL);
    }

    @Test
    void extendWithoutAPlaceChangesNothing() {
        var quota = quota(time, 1, 1);
        quota.extend(quotaKey, id("a"), soon());
        quota.admitQueued(quotaKey, id("b"), soon());
        quota.admitRunning(quotaKey, id("b"), soon());
        quota.extend(quotaKey, id("b"), soon());

        assertThat(quota.admitQueued(quotaKey, id("c"), soon())).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void releaseWithoutAPlaceChangesNothing() {
        var quota = quota(time, 1, 1);

        quota.release(quotaKey, id("a"));

        assertThat(quota.admitRunning(quotaKey, id("b"), soon())).isEqualTo(Admission.ADMITTED);
        quota.release(quotaKey, id("a"));
        assertThat(quota.admitRunning(quotaKey, id("c"), soon())).isEqualTo(Admission.FULL);
    }

    @Test
    void concurrentAdmissionsKeepTheLimit() throws Exception {
        var quota = quota(time, 5, 1);
        // These places have expired, so the admissions have to remove them first.
        IntStream.range(0, 5).forEach(i -> quota.admitRunning(quotaKey, id("old" + i), time.instant()));
        int threads = 20;
        var start = new CyclicBarrier(threads);

        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            // Cancels the admissions that do not return in time.
            var admissions = executor.invokeAll(
                    IntStream.range(0, threads)
                            .<Callable<Admission>>mapToObj(i -> () -> {
                                start.await(10, TimeUnit.SECONDS);
                                return quota.admitRunning(quotaKey, id("new" + i), soon());
                            })
                            .toList(),
                    30,
                    TimeUnit.SECONDS);
            int admitted = 0;
            for (var admission : admissions) {
                admitted += admission.get() == Admission.ADMITTED ? 1 : 0;
            }
            assertThat(admitted).isEqualTo(5);
        }
    }

    private Instant soon() {
        return time.instant().plus(MINUTE);
    }

    private static ResponseId id(String name) {
        return ResponseIds.of(name);
    }
}
