package dev.rill.load.faults.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DuplicateDetectorTest {

    private final DuplicateDetector duplicates = new DuplicateDetector();

    @Test
    void repeatedNumberIsFound() {
        assertThat(duplicates.isUnrequestedRepeat(0)).isFalse();
        assertThat(duplicates.isUnrequestedRepeat(1)).isFalse();
        assertThat(duplicates.isUnrequestedRepeat(1)).isTrue();
    }

    @Test
    void requestedNumberMayArriveTwice() {
        duplicates.isUnrequestedRepeat(4);
        duplicates.isUnrequestedRepeat(5);
        duplicates.requestedAgain(4);

        assertThat(duplicates.isUnrequestedRepeat(5)).isFalse();
        assertThat(duplicates.isUnrequestedRepeat(4))
                .as("before what was asked for")
                .isTrue();
    }
}
