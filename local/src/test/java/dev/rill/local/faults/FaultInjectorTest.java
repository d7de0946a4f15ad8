package dev.rill.local.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rill.local.gateway.ConnectionFaults.Fault;
import dev.rill.local.sqs.Redeliveries.Redelivery;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FaultInjectorTest {
    private final FaultInjector injection = new FaultInjector();

    @Test
    void aSeedRepeatsTheChoices() {
        injection.plan(plan(42));
        var posts = posts(200);
        var messages = messages(200);

        injection.plan(plan(42));
        assertThat(messages(200)).isEqualTo(messages);
        assertThat(posts(200)).isEqualTo(posts);

        injection.plan(plan(43));
        assertThat(posts(200)).isNotEqualTo(posts);
        assertThat(messages(200)).isNotEqualTo(messages);
    }

    @Test
    void oneKindOfCallDoesNotShiftTheOthers() {
        injection.plan(plan(42));
        var posts = posts(50);

        injection.plan(plan(42));
        messages(17);

        assertThat(posts(50)).isEqualTo(posts);
    }

    @Test
    void manyThreadsShareTheSameChoices() throws Exception {
        injection.plan(plan(42));
        var alone = tally(posts(4000));

        injection.plan(plan(42));
        Callable<List<Fault>> share = () -> posts(1000);
        try (var threads = Executors.newFixedThreadPool(4)) {
            var together = threads.invokeAll(List.of(share, share, share, share)).stream()
                    .flatMap(future -> future.resultNow().stream())
                    .toList();
            assertThat(tally(together)).isEqualTo(alone);
        }
        assertThat(injection.counts().json().at("/connections/posts").asInt()).isEqualTo(8000);
    }

    @Test
    void faultsHaveTheirProbabilities() {
        injection.plan(plan(1));

        var tally = tally(posts(20_000));

        assertThat(tally.get(Fault.GONE)).isCloseTo(2000, within(200));
        assertThat(tally.get(Fault.LIMIT_EXCEEDED)).isCloseTo(4000, within(300));
        assertThat(tally.get(Fault.SERVER_ERROR)).isCloseTo(6000, within(300));
        assertThat(tally.get(Fault.HANG)).isCloseTo(1000, within(150));
        var messages = messages(20_000);
        assertThat(messages.stream()
                        .filter(again -> again.contains(new Redelivery.Duplicate()))
                        .count())
                .isCloseTo(10_000, within(500L));
        // Chosen independently: half of the late messages are duplicated as well.
        assertThat(messages.stream().filter(again -> again.size() == 2).count()).isCloseTo(2500, within(300L));
    }

    private static FaultPlan plan(long seed) {
        return new FaultPlan(
                seed,
                new FaultPlan.Connections(0.1, 0.2, 0.3, 0.05, Set.of()),
                new FaultPlan.Queue(0.5, 0.25, Duration.ofSeconds(1)),
                FaultPlan.DynamoDb.NONE);
    }

    private List<Fault> posts(int count) {
        return Stream.generate(() -> injection.nextPost(new byte[0]))
                .limit(count)
                .toList();
    }

    private List<List<Redelivery>> messages(int count) {
        return Stream.generate(injection::nextMessage).limit(count).toList();
    }

    private static Map<Fault, Integer> tally(List<Fault> faults) {
        var tally = new EnumMap<Fault, Integer>(Fault.class);
        faults.forEach(fault -> tally.merge(fault, 1, Integer::sum));
        return tally;
    }
}
