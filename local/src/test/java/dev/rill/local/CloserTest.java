package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {
    private final List<String> trace = new ArrayList<>();
    private final Closer closer = new Closer(problem -> trace.add("problem " + problem));

    @Test
    void closesInReverseOrderAndPastFailures() {
        closer.own(() -> trace.add("first"));
        closer.own(() -> {
            throw new IllegalStateException("stuck");
        });
        closer.own(() -> trace.add("last"));

        closer.close();
        closer.close();

        assertThat(trace).hasSize(3).startsWith("last").endsWith("first");
        assertThat(trace.get(1)).startsWith("problem").endsWith("was not closed: stuck");
    }

    @Test
    void closesALatePartAtOnce() {
        closer.close();

        closer.own(() -> trace.add("late"));

        assertThat(trace).containsExactly("late");
    }
}
