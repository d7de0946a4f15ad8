package dev.rill.load.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.sockets.Progress.Endings;
import dev.rill.load.sockets.Progress.Snapshot;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {

    @Test
    void barIsEmptyAtTheBeginning() {
        assertThat(Progress.bar(new Snapshot(200, 0, new Endings(0, 0, 0), 0, Duration.ZERO)))
                .isEqualTo(
                        "[                        ] 0 of 200 ended: 0 answered, 0 failed, 0 lost; 0 open, 0 events, 0.0 s");
    }

    @Test
    void barIsPartlyFilledInTheMiddle() {
        assertThat(Progress.bar(new Snapshot(200, 199, new Endings(90, 9, 1), 12_345, Duration.ofMillis(6_789))))
                .isEqualTo(
                        "[============            ] 100 of 200 ended: 90 answered, 9 failed, 1 lost; 199 open, 12,345 events, 6.8 s");
    }

    @Test
    void barIsFullAtTheEnd() {
        assertThat(Progress.bar(new Snapshot(3, 3, new Endings(3, 0, 0), 30, Duration.ofSeconds(61))))
                .isEqualTo(
                        "[========================] 3 of 3 ended: 3 answered, 0 failed, 0 lost; 3 open, 30 events, 61.0 s");
    }

    @Test
    void runWithoutSocketsHasAnEmptyBar() {
        assertThat(Progress.bar(new Snapshot(0, 0, new Endings(0, 0, 0), 0, Duration.ZERO)))
                .startsWith("[                        ] 0 of 0");
    }

    @Test
    void logLineHasNoBar() {
        var now = new Snapshot(2, 2, new Endings(1, 0, 0), 7, Duration.ofSeconds(1));

        assertThat(Progress.bar(now)).endsWith("] " + Progress.line(now));
    }
}
