package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private final List<String> trace = new ArrayList<>();
  private final Closing closing = new Closing(problem -> trace.add("problem " + problem));

  @Test
  void closesInReverseOrderAndPastFailures() {
    closing.own(() -> trace.add("first"));
    closing.own(() -> {
      throw new IllegalStateException("stuck");
    });
    closing.own(() -> trace.add("last"));

    closing.close();
    closing.close();

    assertThat(trace).hasSize(3).startsWith("last").endsWith("first");
    assertThat(trace.get(1)).startsWith("problem").endsWith("was not closed: stuck");
  }

  @Test
  void closesAtOnceWhatComesTooLate() {
    closing.close();

    closing.own(() -> trace.add("late"));

    assertThat(trace).containsExactly("late");
  }
}
