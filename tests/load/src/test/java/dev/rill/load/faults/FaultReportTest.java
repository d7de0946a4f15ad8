package dev.rill.load.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.check.Allowance;
import dev.rill.load.faults.check.LogCheck.Finding;
import dev.rill.load.faults.check.PromptVerdict;
import dev.rill.load.faults.check.ScenarioResult;
import dev.rill.load.faults.client.Conversation.Turn;
import dev.rill.load.faults.client.PromptOutcome;
import dev.rill.load.faults.client.PromptOutcome.End;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.client.PromptOutcome.Irregularities;
import dev.rill.load.faults.client.PromptOutcome.Received;
import dev.rill.load.faults.client.PromptOutcome.Session;
import dev.rill.load.faults.injection.FaultInjection;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.scenario.Scenario;
import dev.rill.load.faults.scenario.Scenario.Bounds;
import dev.rill.load.faults.scenario.Scenario.Purpose;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FaultReportTest {

    private static final Scenario KILL = new Scenario(
            "kill",
            "",
            (_, _, _) -> List.of(PromptPlan.toTheEnd("words")),
            FaultInjection.NONE,
            Purpose.CRASH_TIMES,
            Bounds.NONE_FAILS.failed(50).refused(100));
    private static final Finding FINE = new Finding(true, 0, 0, List.of());

    private static PromptOutcome answer(Ending ending, String reason, int dropped) {
        return new PromptOutcome(
                PromptPlan.toTheEnd("words"),
                ending == Ending.REFUSED ? Optional.empty() : Optional.of("resp_1"),
                new End(ending, reason),
                Received.through(9),
                new Session(1, Optional.empty(), false),
                new Irregularities(dropped, 0, 0, List.of(), List.of()));
    }

    private static PromptVerdict judged(PromptOutcome answer, Finding finding) {
        return PromptVerdict.of(
                new Turn(answer, List.of(), "id", List.of()), finding, List.of(), new Allowance(List.of()));
    }

    private static FaultReport report(List<String> busy, PromptVerdict... prompts) {
        return report(new Leftovers(busy, List.of("1 hidden messages in PromptQueue"), List.of(), List.of()), prompts);
    }

    private static FaultReport report(Leftovers leftovers, PromptVerdict... prompts) {
        return new FaultReport(
                List.of(new ScenarioResult(
                        KILL,
                        KILL.bounds(),
                        Arrays.asList(prompts),
                        "3 kills",
                        Duration.ofSeconds(61),
                        new ScenarioResult.Reactions(List.of(), List.of(Duration.ofSeconds(26))))),
                Map.of("kill", leftovers));
    }

    private static List<String> lines(FaultReport report) {
        return report.lines().stream()
                .map(line -> line.strip().replaceAll(" {2,}", " | "))
                .toList();
    }

    @Test
    void reportIsATable() {
        var report = report(
                List.of(),
                judged(answer(Ending.COMPLETED, "", 4), FINE),
                judged(answer(Ending.FAILED, "rate_limit_exceeded", 0), FINE));

        assertThat(report.kept()).isTrue();
        assertThat(report.lines().getFirst().strip().split(" +", -1))
                .containsExactly(
                        "scenario",
                        "prompts",
                        "completed",
                        "failed",
                        "incomplete",
                        "calls",
                        "restarts",
                        "resumes",
                        "repeats",
                        "missing",
                        "doubled",
                        "hanging",
                        "verdict");
        assertThat(lines(report))
                .contains(
                        "kill | 2 | 1 | 1 | 0 | 0 | 0 | 2 | 4 | 0 | 0 | 0 | kept",
                        "kill took 61 s: 3 kills",
                        "1 x failed rate_limit_exceeded",
                        "kill: 1 answers of killed workers, to the next event | 26.00 s | 26.00 s | 26.00 s | max 35 s")
                .noneMatch(line -> line.contains("stops"));
    }

    @Test
    void answerWithoutATerminalEventBreaksThePromise() {
        var report =
                report(List.of(), judged(answer(Ending.HANGING, "silent", 0), new Finding(false, 0, 0, List.of())));

        assertThat(report.kept()).isFalse();
        assertThat(lines(report))
                .contains("kill | 1 | 0 | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 1 | BROKEN")
                .anyMatch(line -> line.startsWith("BROKEN kill: no terminal event in time, after number 9 (silent)"));
    }

    @Test
    void logThatDiffersFromTheClientBreaksThePromise() {
        assertThat(report(
                                List.of(),
                                judged(
                                        answer(Ending.COMPLETED, "", 0),
                                        new Finding(
                                                true, 0, 0, List.of("the log ends at 8, the client's events at 9"))))
                        .kept())
                .isFalse();
        assertThat(report(List.of(), judged(answer(Ending.COMPLETED, "", 0), new Finding(true, 1, 0, List.of())))
                        .kept())
                .isFalse();
        assertThat(report(List.of(), judged(answer(Ending.COMPLETED, "", 0), new Finding(false, 0, 0, List.of())))
                        .kept())
                .isFalse();
    }

    @Test
    void workLeftInTheServicesBreaksThePromise() {
        var report = report(List.of("2 messages in PromptQueue"), judged(answer(Ending.COMPLETED, "", 0), FINE));

        assertThat(report.kept()).isFalse();
        assertThat(lines(report)).contains("BROKEN after kill: 2 messages in PromptQueue");
    }

    @Test
    void verdictIsALineAndWhatIsWrong() {
        var kept = report(List.of(), judged(answer(Ending.COMPLETED, "", 0), FINE));
        var broken = report(List.of(), judged(answer(Ending.HANGING, "silent", 0), FINE));
        var busy = report(List.of("2 messages in PromptQueue"), judged(answer(Ending.COMPLETED, "", 0), FINE));

        assertThat(kept.verdicts().getFirst()).isEqualTo("kill: kept, 1 prompts in 61 s");
        assertThat(kept.verdicts()).noneMatch(line -> line.contains("BROKEN"));
        assertThat(broken.verdicts().getFirst()).isEqualTo("kill: BROKEN, 1 prompts in 61 s");
        assertThat(broken.verdicts()).anyMatch(line -> line.startsWith("  BROKEN kill: no terminal event in time"));
        assertThat(busy.verdicts())
                .startsWith("kill: BROKEN, 1 prompts in 61 s")
                .contains("  BROKEN after kill: 2 messages in PromptQueue");
    }

    @Test
    void leftPlaceOrResponseInTheTableBreaksThePromise() {
        var report = report(
                new Leftovers(List.of(), List.of(), List.of("resp_1 has not ended in the table"), List.of("told")));

        assertThat(report.kept()).isFalse();
        assertThat(lines(report)).contains("BROKEN after kill: resp_1 has not ended in the table", "after kill: told");
    }

    @Test
    void moreFailuresThanAllowedBreakThePromise() {
        var report = report(
                List.of(),
                judged(answer(Ending.FAILED, "gave_up", 0), FINE),
                judged(answer(Ending.FAILED, "gave_up", 0), FINE));

        assertThat(report.kept()).isFalse();
        assertThat(lines(report)).contains("BROKEN kill: 2 failed, where 1 are allowed");
    }

    @Test
    void refusedPromptIsReportedAndBreaksNoPromise() {
        var report = report(List.of(), judged(answer(Ending.REFUSED, "too_many_requests", 0), Finding.NOTHING_ASKED));

        assertThat(report.kept()).isTrue();
        assertThat(lines(report)).contains("1 x refused too_many_requests");
    }

    @Test
    void reportWithoutPromptsKeepsThePromise() {
        assertThat(report(List.of()).lines()).isNotEmpty();
    }
}
