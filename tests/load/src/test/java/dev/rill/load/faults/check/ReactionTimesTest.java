package dev.rill.load.faults.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.client.EventTracker.Arrival;
import dev.rill.load.faults.client.PromptOutcome;
import dev.rill.load.faults.client.PromptOutcome.End;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.client.PromptOutcome.Irregularities;
import dev.rill.load.faults.client.PromptOutcome.Received;
import dev.rill.load.faults.client.PromptOutcome.Session;
import dev.rill.load.faults.injection.InjectedFault;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.stack.ModelStats;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReactionTimesTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static PromptOutcome answer(String prompt, Optional<Instant> stoppedAt, long... arrivals) {
        return new PromptOutcome(
                PromptPlan.toTheEnd(prompt),
                Optional.of("resp_1"),
                new End(Ending.COMPLETED, ""),
                new Received(
                        "",
                        1,
                        List.of(),
                        Arrays.stream(arrivals)
                                .mapToObj(millis -> new Arrival(START.plusMillis(millis), false))
                                .toList()),
                new Session(0, stoppedAt, false),
                Irregularities.NONE);
    }

    private static ModelStats.Request asked(String prompt, long endedAt, String outcome) {
        return ModelCalls.call(prompt, List.of(), START, Optional.of(START.plusMillis(endedAt)), outcome);
    }

    @Test
    void stopTimeEndsWhenTheModelsStreamIsClosed() {
        var stopped = answer("one", Optional.of(START.plusMillis(100)));
        var tooLate = answer("two", Optional.of(START.plusMillis(100)));

        assertThat(ReactionTimes.stops(
                        List.of(stopped, tooLate), List.of(asked("one", 500, "client_gone"), asked("two", 90, "sent"))))
                .containsExactly(Duration.ofMillis(400));
    }

    @Test
    void crashTimeEndsAtTheAnswersNextEvent() {
        var hit = answer("hit", Optional.empty(), 900, 1_010, 26_000, 26_100);
        var spared = answer("spared", Optional.empty(), 900, 2_000);

        assertThat(ReactionTimes.crashes(
                        List.of(hit, spared),
                        List.of(InjectedFault.at(InjectedFault.Kind.WORKER_KILLED, START.plusMillis(1_000))),
                        List.of(
                                asked("hit", 1_050, "client_gone"),
                                asked("hit", 30_000, "sent"),
                                asked("spared", 3_000, "sent"))))
                .containsExactly(Duration.ofSeconds(25));
    }

    @Test
    void promptIsFoundByItsFirst80Characters() {
        var prompt = "x".repeat(100);

        assertThat(ReactionTimes.stops(
                        List.of(answer(prompt, Optional.of(START))), List.of(asked("x".repeat(80), 7, "client_gone"))))
                .containsExactly(Duration.ofMillis(7));
    }
}
