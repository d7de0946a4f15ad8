package dev.rill.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets Jazzer look for inputs that break a parser: all targets for 5 s, or each for {@code fuzz.seconds}. See
 * README.md.
 */
class FuzzTest {

    private static final Path FOLDER = Path.of("target", "fuzz").toAbsolutePath();

    @Test
    @Tag("short")
    void noTargetBreaksInAShortRun() throws Exception {
        hold(FuzzDriver.ALL, Duration.ofSeconds(Integer.getInteger("rill.fuzz.moment", 5)));
    }

    static Stream<String> targets() {
        var named = System.getProperty("rill.fuzz.targets", "");
        return (named.isEmpty() ? Targets.names() : List.of(named.split(","))).stream();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    @Tag("long")
    void targetDoesNotBreakInALongRun(String target) throws Exception {
        hold(target, Duration.ofSeconds(Integer.getInteger("rill.fuzz.seconds", 60)));
    }

    private static void hold(String target, Duration time) throws Exception {
        var outcome = FuzzRun.run(target, FOLDER.resolve(target), time);
        System.out.printf(
                "%-20s %,12d inputs in %d s, %s edges%n",
                target, outcome.inputs(), outcome.seconds(), outcome.coverage());
        assertThat(outcome.exit())
                .as(() -> "an input in " + FOLDER.resolve(target) + " breaks it:\n" + outcome.output())
                .isZero();
        assertThat(outcome.inputs()).isPositive();
    }
}
