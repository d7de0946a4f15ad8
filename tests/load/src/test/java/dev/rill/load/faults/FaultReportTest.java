package dev.rill.load.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.Answer.Ending;
import dev.rill.load.faults.FaultSuite.Rest;
import dev.rill.load.faults.LogCheck.Finding;
import dev.rill.load.faults.Result.Judged;
import dev.rill.load.faults.Scenario.Purpose;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FaultReportTest {

  private static final Scenario KILL = new Scenario("kill", "", (_, _, _) -> Plan.readsOn("words"), Trouble.NONE,
      Purpose.CRASH_TIMES);
  private static final Finding FINE = new Finding("completed", 0, 0, List.of());

  private static Answer answer(Ending ending, String reason, int dropped) {
    return new Answer(Plan.readsOn("words"), ending == Ending.REFUSED ? Optional.empty() : Optional.of("resp_1"),
        ending,
        reason, "", 9, List.of(), List.of(), 1, dropped, 0, 0, Optional.empty(), List.of());
  }

  private static FaultReport report(List<String> busy, Judged... prompts) {
    return new FaultReport(List.of(new Result(KILL, Arrays.asList(prompts), "3 kills", Duration.ofSeconds(61),
        List.of(), List.of(Duration.ofSeconds(26)))),
        Map.of("kill", new Rest(busy, List.of("1 hidden messages in PromptQueue"))));
  }

  private static List<String> lines(FaultReport report) {
    return report.lines().stream().map(line -> line.strip().replaceAll(" {2,}", " | ")).toList();
  }

  @Test
  void tellsWhatHappenedInATable() {
    var report = report(List.of(), new Judged(answer(Ending.COMPLETED, "", 4), FINE),
        new Judged(answer(Ending.FAILED, "rate_limit_exceeded", 0), new Finding("failed", 0, 0, List.of())));

    assertThat(report.kept()).isTrue();
    assertThat(report.lines().getFirst().strip().split(" +", -1)).containsExactly("scenario", "prompts", "completed",
        "failed", "incomplete", "restarts", "resumes", "repeats", "missing", "doubled", "hanging", "verdict");
    assertThat(lines(report)).contains(
        "kill | 2 | 1 | 1 | 0 | 0 | 2 | 4 | 0 | 0 | 0 | kept", "kill took 61 s: 3 kills",
        "1 x failed rate_limit_exceeded",
        "kill: 1 answers crashed, kill to next event | 26.00 s | 26.00 s | 26.00 s | max 35 s")
        .noneMatch(line -> line.contains("stops"));
  }

  @Test
  void anAnswerWithoutAnEndBreaksAPromise() {
    var report = report(List.of(),
        new Judged(answer(Ending.HANGING, "silent", 0), new Finding("in_progress", 0, 0, List.of())));

    assertThat(report.kept()).isFalse();
    assertThat(lines(report)).contains("kill | 1 | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 1 | BROKEN")
        .anyMatch(line -> line.startsWith("BROKEN kill: no end in time, after number 9 (silent)"));
  }

  @Test
  void soDoesALogThatTellsAnotherStory() {
    assertThat(report(List.of(), new Judged(answer(Ending.COMPLETED, "", 0),
        new Finding("completed", 0, 0, List.of("the log ends at 8, the client's events at 9")))).kept()).isFalse();
    assertThat(report(List.of(), new Judged(answer(Ending.COMPLETED, "", 0),
        new Finding("completed", 1, 0, List.of()))).kept()).isFalse();
    assertThat(report(List.of(), new Judged(answer(Ending.COMPLETED, "", 0),
        new Finding("in_progress", 0, 0, List.of()))).kept()).isFalse();
  }

  @Test
  void soDoesWhatIsLeftInTheServices() {
    var report = report(List.of("2 messages in PromptQueue"), new Judged(answer(Ending.COMPLETED, "", 0), FINE));

    assertThat(report.kept()).isFalse();
    assertThat(lines(report)).contains("BROKEN after kill: 2 messages in PromptQueue");
  }

  @Test
  void aPromptThatWasNeverAcceptedIsToldAndBreaksNone() {
    var report = report(List.of(), new Judged(answer(Ending.REFUSED, "too_many_requests", 0), Finding.NOTHING_ASKED));

    assertThat(report.kept()).isTrue();
    assertThat(lines(report)).contains("1 x refused too_many_requests");
  }

  @Test
  void holdsWithoutAPrompt() {
    assertThat(report(List.of()).lines()).isNotEmpty();
  }
}
