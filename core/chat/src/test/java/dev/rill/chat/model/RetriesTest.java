package dev.rill.chat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetriesTest {

    private final Retries retries = new Retries(3, Duration.ofMillis(100), Duration.ofSeconds(20), new Random(1));

    @Test
    void transientFailuresAreRetriedAFewTimesAndPermanentNever() {
        for (var failure : ModelFailure.values()) {
            var e = ModelException.of(failure, "");
            assertThat(retries.delay(1, e).isPresent()).as("%s", failure).isEqualTo(failure.worthRetrying());
            assertThat(retries.delay(3, e)).isEmpty();
        }
    }

    @Test
    void waitsAreRandomBelowACeilingThatDoubles() {
        var e = ModelException.of(ModelFailure.BROKEN, "");
        for (int i = 0; i < 200; i++) {
            assertThat(retries.delay(1, e).orElseThrow()).isBetween(Duration.ZERO, Duration.ofMillis(100));
            assertThat(retries.delay(2, e).orElseThrow()).isBetween(Duration.ZERO, Duration.ofMillis(200));
        }
    }

    @Test
    void theModelsOwnWordIsRespectedUpToTheCap() {
        var busy = ModelException.of(ModelFailure.RATE_LIMITED, "");
        assertThat(retries.delay(1, busy.retryAfter(Duration.ofSeconds(7)))).contains(Duration.ofSeconds(7));
        assertThat(retries.delay(1, busy.retryAfter(Duration.ofSeconds(21)))).isEmpty();
    }
}
