package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.answer.DeliveryProtocolExplorer.Bounds;
import dev.rill.chat.log.Subscriptions;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Far fewer states than are asserted would mean that the steps exclude each other and nothing was explored. */
@Timeout(600)
class DeliveryProtocolTest {

    /** The second worker claims the lease while the first one, by its own clock, still has it. */
    private static final Duration AHEAD = Duration.ofSeconds(20);

    @Test
    void holdsInEveryOrder() {
        assertThat(explore(7, Subscriptions.MAX_SOCKETS, Duration.ZERO)).isGreaterThan(8_000);
    }

    @Test
    void holdsWhereSocketsAreSuperseded() {
        assertThat(explore(6, 2, Duration.ZERO)).isGreaterThan(5_000);
    }

    @Test
    void holdsWhereClocksDiffer() {
        assertThat(explore(6, Subscriptions.MAX_SOCKETS, AHEAD)).isGreaterThan(5_000);
    }

    @Test
    @Tag("full")
    void holdsInEveryOrderOfMoreSteps() {
        assertThat(explore(9, Subscriptions.MAX_SOCKETS, Duration.ZERO)).isGreaterThan(50_000);
        assertThat(explore(8, 2, Duration.ZERO)).isGreaterThan(50_000);
        assertThat(explore(8, Subscriptions.MAX_SOCKETS, AHEAD)).isGreaterThan(40_000);
    }

    private static int explore(int steps, int maxSockets, Duration skew) {
        return DeliveryProtocolExplorer.explore(new Bounds(steps, maxSockets, skew));
    }
}
