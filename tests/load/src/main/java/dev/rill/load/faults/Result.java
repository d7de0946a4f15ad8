package dev.rill.load.faults;

import dev.rill.load.faults.Answer.Ending;
import dev.rill.load.faults.LogCheck.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a scenario showed.
 *
 * @param tally what went wrong by it, in words
 * @param stops from each stop to the end of the model's stream
 * @param crashes from each kill to the next event of each answer that it hit
 */
record Result(Scenario scenario, List<Judged> prompts, String tally, Duration took, List<Duration> stops,
    List<Duration> crashes) {

  Result {
    prompts = List.copyOf(prompts);
    stops = List.copyOf(stops);
    crashes = List.copyOf(crashes);
  }

  /** One prompt: what its client saw, and what the log says. */
  record Judged(Answer answer, Finding finding) {

    long missing() {
      return answer.missing() + finding.missing();
    }

    int doubled() {
      return answer.doubled() + finding.doubled();
    }

    boolean hanging() {
      return answer.ending() == Ending.HANGING || (answer.responseId().isPresent() && !finding.ended());
    }

    List<String> problems() {
      var problems = new ArrayList<String>();
      if (answer.ending() == Ending.HANGING) {
        problems.add("no end in time, after number " + answer.lastSeen() + " (" + answer.reason() + ")");
      }
      problems.addAll(answer.problems());
      problems.addAll(finding.problems());
      return problems;
    }
  }

  /** Whether each accepted prompt ended once, with every number once. */
  boolean kept() {
    return prompts.stream().allMatch(one -> one.problems().isEmpty() && one.missing() == 0 && one.doubled() == 0
        && !one.hanging());
  }

  long ended(Ending how) {
    return prompts.stream().filter(one -> one.answer().ending() == how).count();
  }

  /** What was not as promised, with the prompts that show it. */
  List<String> problems() {
    var lines = new ArrayList<String>();
    for (var one : prompts) {
      for (var problem : one.problems()) {
        lines.add(scenario.name() + ": " + problem + " [" + one.answer().responseId().orElse("never accepted") + ", "
            + one.answer().plan().prompt() + "]");
      }
    }
    return lines;
  }

  /** Why answers failed, and how often. */
  Map<String, Long> reasons() {
    var reasons = new TreeMap<String, Long>();
    for (var one : prompts) {
      switch (one.answer().ending()) {
        case FAILED, REFUSED -> reasons.merge(one.answer().ending().toString().toLowerCase(Locale.ROOT) + " "
            + one.answer().reason(), 1L, Long::sum);
        case COMPLETED, INCOMPLETE, HANGING -> {
        }
      }
    }
    return reasons;
  }
}
