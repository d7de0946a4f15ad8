package dev.rill.load.faults.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.check.LogCheck.Finding;
import dev.rill.load.faults.client.Conversation.Turn;
import dev.rill.load.faults.client.PromptOutcome;
import dev.rill.load.faults.client.PromptOutcome.End;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.client.PromptOutcome.Irregularities;
import dev.rill.load.faults.client.PromptOutcome.Received;
import dev.rill.load.faults.client.PromptOutcome.Session;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.stack.ModelStats;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PromptVerdictTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Finding FINE = new Finding(true, 0, 0, List.of());
    private static final Allowance NO_HARM = new Allowance(List.of());

    private enum Line {
        OPEN,
        CUT
    }

    private static PromptOutcome answer(Ending ending, Line line, Instant... repeats) {
        return new PromptOutcome(
                PromptPlan.toTheEnd("words"),
                ending == Ending.REFUSED ? Optional.empty() : Optional.of("resp_1"),
                new End(ending, "silent"),
                Received.through(9),
                new Session(0, Optional.empty(), line == Line.CUT),
                new Irregularities(0, 0, 0, List.of(repeats), List.of()));
    }

    private static ModelStats.Request call(String... earlier) {
        return ModelCalls.call("words", List.of(earlier), START, Optional.of(START.plusSeconds(1)), "sent");
    }

    private static List<String> problems(PromptOutcome answer, List<String> earlier, ModelStats.Request... calls) {
        var finding = answer.ending() == Ending.REFUSED ? Finding.NOTHING_ASKED : FINE;
        return PromptVerdict.of(new Turn(answer, List.of(), "id", earlier), finding, List.of(calls), NO_HARM)
                .problems();
    }

    @Test
    void answerWithOneModelCallIsKept() {
        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN), List.of(), call()))
                .isEmpty();
    }

    @Test
    void secondModelCallIsAProblem() {
        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN), List.of(), call(), call()))
                .singleElement()
                .asString()
                .contains("2 model calls, where 1 are allowed");
    }

    @Test
    void refusedRequestMustNotCostAModelCall() {
        assertThat(problems(answer(Ending.REFUSED, Line.OPEN), List.of())).isEmpty();
        assertThat(problems(answer(Ending.REFUSED, Line.OPEN), List.of(), call()))
                .singleElement()
                .asString()
                .contains("the client got no event of the response");
        assertThat(problems(answer(Ending.REFUSED, Line.CUT), List.of(), call()))
                .isEmpty();
    }

    @Test
    void unrequestedRepeatsAreAProblem() {
        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN, START, START), List.of(), call()))
                .singleElement()
                .asString()
                .contains("2 events arrived twice");
    }

    @Test
    void incompleteConversationIsAProblem() {
        var earlier = List.of("user: a", "assistant: b");

        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN), earlier, call("user: a", "assistant: b")))
                .isEmpty();
        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN), earlier, call("assistant: b", "user: a")))
                .isNotEmpty();
        assertThat(problems(answer(Ending.COMPLETED, Line.OPEN), earlier, call("user: a")))
                .isNotEmpty();
    }

    @Test
    void answerOfAFailingModelIsAProblem() {
        var plan = PromptPlan.toTheEnd("words").withScript(PromptPlan.ModelScript.failed(1));
        var answer = new PromptOutcome(
                plan,
                Optional.of("resp_1"),
                new End(Ending.COMPLETED, ""),
                Received.through(9),
                new Session(0, Optional.empty(), false),
                Irregularities.NONE);

        assertThat(problems(answer, List.of(), call()))
                .singleElement()
                .asString()
                .contains("told to fail");
    }

    @Test
    void planHasAStableTextAndATagThatTheModelKeeps() {
        var plan = PromptPlan.toTheEnd("/count 3 mark-1").withRequest(PromptPlan.Request.PLAIN.padded(130_000));

        assertThat(plan.text())
                .startsWith("/count 3 mark-1 ")
                .isEqualTo(plan.text())
                .hasSizeGreaterThan(130_000);
        assertThat(plan.tag()).isEqualTo(plan.text().substring(0, 80));
        assertThat(Stream.of(plan.text().split(" ", -1)).skip(4)).allMatch(word -> word.length() <= 100);
    }
}
