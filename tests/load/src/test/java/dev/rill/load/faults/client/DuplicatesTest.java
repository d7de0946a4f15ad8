package dev.rill.load.faults.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DuplicatesTest {

    private final Duplicates duplicates = new Duplicates();

    @Test
    void seesWhatComesTwice() {
        assertThat(duplicates.hear(0)).isFalse();
        assertThat(duplicates.hear(1)).isFalse();
        assertThat(duplicates.hear(1)).isTrue();
    }

    @Test
    void whatWasAskedForAgainMayComeTwice() {
        duplicates.hear(4);
        duplicates.hear(5);
        duplicates.askedAgain(4);

        assertThat(duplicates.hear(5)).isFalse();
        assertThat(duplicates.hear(4)).as("before what was asked for").isTrue();
    }
}
