package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.answer.DeliveryProtocolExplorer.Bounds;
import dev.rill.chat.log.Subscriptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Far fewer states than are asserted would mean that the steps exclude each other and nothing was explored. */
@Timeout(120)
class DeliveryProtocolTest {

    @Test
    void holdsInEveryOrder() {
        assertThat(DeliveryProtocolExplorer.explore(new Bounds(8, Subscriptions.MAX_SOCKETS, Duration.ZERO)))
                .isGreaterThan(20_000);
    }

    @Test
    void holdsWhereSocketsAreSuperseded() {
        assertThat(DeliveryProtocolExplorer.explore(new Bounds(7, 2, Duration.ZERO)))
                .isGreaterThan(15_000);
    }

    /** The second worker claims the lease while the first one, by its own clock, still has it. */
    @Test
    void holdsWhereClocksDiffer() {
        assertThat(DeliveryProtocolExplorer.explore(new Bounds(7, Subscriptions.MAX_SOCKETS, Duration.ofSeconds(20))))
                .isGreaterThan(15_000);
    }
}
