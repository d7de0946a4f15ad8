package dev.rill.load.faults.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.injection.InjectedFault;
import dev.rill.load.faults.injection.InjectedFault.Kind;
import dev.rill.load.faults.prompt.PromptPlan.ModelScript;
import dev.rill.load.stack.ModelStats;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AllowanceTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static List<ModelStats.Request> calls(long... seconds) {
        return Arrays.stream(seconds)
                .mapToObj(second -> ModelCalls.call("", List.of(), START.plusSeconds(second), Optional.empty(), ""))
                .toList();
    }

    private static InjectedFault killed(Kind kind, long second) {
        return InjectedFault.at(kind, START.plusSeconds(second));
    }

    private static int most(ModelScript fate, List<ModelStats.Request> calls, InjectedFault... faults) {
        return new Allowance(List.of(faults)).modelCalls(fate, calls);
    }

    @Test
    void promptMayCostOneCall() {
        assertThat(most(ModelScript.ANSWERED, calls(0, 5))).isEqualTo(1);
        assertThat(most(ModelScript.ANSWERED, List.of())).isEqualTo(1);
    }

    @Test
    void retriedRefusalAllowsOneMoreCall() {
        assertThat(most(ModelScript.answeredAfter(2), calls(0, 1, 2))).isEqualTo(3);
    }

    @Test
    void workerFaultBetweenTwoCallsAllowsOneMore() {
        assertThat(most(
                        ModelScript.ANSWERED,
                        calls(0, 20, 40),
                        killed(Kind.WORKER_KILLED, 3),
                        killed(Kind.WORKER_KILLED, 30)))
                .isEqualTo(3);
    }

    @Test
    void faultExcusesOneCallAndNoMore() {
        assertThat(most(ModelScript.ANSWERED, calls(10, 11, 12), killed(Kind.WORKER_KILLED, 11)))
                .isEqualTo(2);
    }

    @Test
    void faultBeforeOrAfterTheCallsExcusesNone() {
        assertThat(most(
                        ModelScript.ANSWERED,
                        calls(10, 20),
                        killed(Kind.WORKER_KILLED, 5),
                        killed(Kind.WORKER_KILLED, 21)))
                .isEqualTo(1);
    }

    @Test
    void callOfAThawedWorkerIsExcused() {
        var frozen = new InjectedFault(Kind.WORKER_FROZEN, START, START.plusSeconds(18));

        assertThat(most(ModelScript.ANSWERED, calls(14, 18), frozen)).isEqualTo(2);
    }

    @Test
    void onlyWorkerFaultsExcuseASecondCall() {
        assertThat(most(
                        ModelScript.ANSWERED,
                        calls(0, 20),
                        killed(Kind.MESSAGE_FUNCTION_KILLED, 3),
                        killed(Kind.QUEUE_REPEATS, 3),
                        killed(Kind.POSTS_FAIL, 3),
                        killed(Kind.TABLES_FAIL, 3)))
                .isEqualTo(1);
    }

    @Test
    void repeatsAreExcusedOnlyAfterAFault() {
        var allowance = new Allowance(List.of(killed(Kind.WORKER_KILLED, 10)));

        assertThat(allowance.mayRepeat(START.plusSeconds(9))).isFalse();
        assertThat(allowance.mayRepeat(START.plusSeconds(60))).isTrue();
        assertThat(new Allowance(List.of(killed(Kind.POSTS_FAIL, 0))).mayRepeat(START.plusSeconds(9)))
                .isFalse();
    }

    @Test
    void leftPlacesAreExcusedOnlyAfterAKill() {
        assertThat(new Allowance(List.of()).mayLeavePlaces()).isFalse();
        assertThat(new Allowance(List.of(killed(Kind.MESSAGE_FUNCTION_KILLED, 0))).mayLeavePlaces())
                .isTrue();
    }
}
