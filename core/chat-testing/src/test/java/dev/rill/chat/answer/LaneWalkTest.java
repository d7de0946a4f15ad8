package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Far fewer states than are asserted would mean that the steps exclude each other and nothing was explored. */
@Timeout(600)
class LaneWalkTest {

    @Test
    void holdsInEveryOrder() {
        assertThat(LaneExplorer.explore(2, 9)).isGreaterThan(1_000);
        assertThat(LaneExplorer.explore(3, 8)).isGreaterThan(1_000);
    }

    @Test
    @Tag("full")
    void holdsInEveryOrderOfMoreSteps() {
        assertThat(LaneExplorer.explore(3, 12)).isGreaterThan(50_000);
    }
}
