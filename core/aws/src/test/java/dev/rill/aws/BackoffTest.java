package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rill.chat.memory.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private final ManualTime time = new ManualTime();
    private final List<Duration> waits = new ArrayList<>();

    @Test
    void waitsDoubleUpToTheLongest() throws InterruptedException {
        var tries = backoff(
                        new Backoff.Bounds(6, Duration.ofMinutes(1), Duration.ofMillis(50), Duration.ofMillis(300)),
                        () -> 0)
                .begin();

        assertThat(exhaust(tries)).isEqualTo(6);
        assertThat(waits).extracting(Duration::toMillis).containsExactly(50L, 100L, 200L, 300L, 300L);
    }

    @Test
    void waitsAreSpreadOverTheirUpperHalf() throws InterruptedException {
        var bounds = new Backoff.Bounds(2, Duration.ofMinutes(1), Duration.ofMillis(100), Duration.ofSeconds(1));
        var backoff = backoff(bounds, new Random(7));
        for (int i = 0; i < 1_000; i++) {
            exhaust(backoff.begin());
        }

        assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(Duration.ofMillis(50), Duration.ofMillis(100)));
        assertThat(waits).anySatisfy(wait -> assertThat(wait).isLessThan(Duration.ofMillis(55)));
        assertThat(waits).anySatisfy(wait -> assertThat(wait).isGreaterThan(Duration.ofMillis(95)));
    }

    @Test
    void totalTimeEndsTheTries() throws InterruptedException {
        var tries = backoff(
                        new Backoff.Bounds(1_000, Duration.ofSeconds(1), Duration.ofMillis(200), Duration.ofSeconds(9)),
                        () -> 0)
                .begin();

        assertThat(exhaust(tries)).isEqualTo(3);
        assertThat(waits).extracting(Duration::toMillis).containsExactly(200L, 400L);
    }

    @Test
    void defaultBoundsWaitForFiveToTenSeconds() throws InterruptedException {
        exhaust(backoff(Backoff.Bounds.DEFAULT, () -> 0).begin());

        assertThat(waits.stream().reduce(Duration.ZERO, Duration::plus))
                .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    @Test
    void boundsWithoutATryAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Backoff.Bounds(0, Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }

    private Backoff backoff(Backoff.Bounds bounds, RandomGenerator random) {
        return new Backoff(bounds, random, time.sleepingBy(wait -> {
            waits.add(wait);
            time.advance(wait);
        }));
    }

    private static int exhaust(Backoff.Tries tries) throws InterruptedException {
        while (tries.waitForNext()) {
            assertThat(tries.count()).isLessThan(10_000);
        }
        return tries.count();
    }
}
