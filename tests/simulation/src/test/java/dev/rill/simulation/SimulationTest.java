package dev.rill.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.simulation.Fault;
import dev.rill.chat.simulation.Story;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SimulationTest {

    private static final int SEEDS = 1_000;

    // Some 15 s on two processors that nothing else uses.
    @Test
    @Timeout(300)
    void everyPromiseIsKeptUnderEverySeed() throws Exception {
        var summary = new Simulation(0, SEEDS, Runtime.getRuntime().availableProcessors()).run(_ -> {});

        assertThat(summary.failed().map(failed -> Simulation.story(failed.seed())))
                .isEmpty();
        assertThat(summary.played()).isEqualTo(SEEDS);
        // A fault that is never injected is never survived.
        assertThat(summary.tally().faults().keySet()).contains(Fault.values());
        assertThat(summary.tally().endings()).containsKeys("completed", "failed", "incomplete");
        assertThat(summary.tally().endings().get("completed")).isGreaterThan(SEEDS);
    }

    @Test
    void aSeedHasTheSameStoryEachTime() {
        var hashes = new HashSet<Long>();
        for (long seed = 0; seed < 40; seed++) {
            var first = SeedRun.of(seed, Story.Recording.OFF);
            var second = SeedRun.of(seed, Story.Recording.ON);

            assertThat(second.traceHash()).isEqualTo(first.traceHash());
            assertThat(second.tally()).isEqualTo(first.tally());
            assertThat(SeedRun.of(seed, Story.Recording.ON).story()).isEqualTo(second.story());
            hashes.add(first.traceHash());
        }
        assertThat(hashes).hasSizeGreaterThan(35);
    }

    @Test
    void aQuietSeedHasNoFaults() {
        for (long seed = 0; seed < 80; seed += 8) {
            var result = SeedRun.of(seed, Story.Recording.OFF);

            assertThat(result.profile()).isEqualTo("quiet");
            assertThat(result.tally().faults()).isEmpty();
            assertThat(result.problems()).isEmpty();
        }
    }

    @Test
    void theSimulatorRunsOnAnotherVersionOfTheEngine() {
        assertThat(new ReplacedEngine(Map.of()).findBySimulation(0, 20)).isEqualTo(Optional.empty());
    }

    @Test
    void aStoryIsToldInWords() {
        assertThat(Simulation.story(0).getFirst()).isEqualTo("seed 0, quiet:");
        assertThat(Simulation.story(0)).anyMatch(line -> line.contains("client-0") && line.contains("is done"));
    }

    @Test
    void theCommandEndsWithATable() {
        var out = new StringWriter();
        var command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));

        assertThat(command.execute("simulate", "--seeds", "20", "--first-seed", "100"))
                .isEqualTo(0);
        assertThat(out.toString()).contains("worker killed").contains("every promise was kept");
        assertThat(command.execute("simulate", "--seeds", "0")).isEqualTo(2);
    }
}
