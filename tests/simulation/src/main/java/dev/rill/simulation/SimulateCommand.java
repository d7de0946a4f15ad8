package dev.rill.simulation;

import dev.rill.simulation.Simulation.Summary;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rill simulate}: many seeds, each a story of its own. */
@Command(
        name = "simulate",
        version = "rill 0.1.0",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Plays the whole flow on virtual time, a story for each seed: workers die and freeze, logs, queues, sockets "
                        + "and models fail, and every order of the threads can happen. Ends with 1 if a promise is broken, and tells "
                        + "the story of the lowest seed that was found.")
final class SimulateCommand implements Callable<Integer> {

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many seeds (default: ${DEFAULT-VALUE}).")
    private long seeds;

    @Option(
            names = "--first-seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "The first one (default: ${DEFAULT-VALUE}).")
    private long firstSeed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many seeds are played at once (default: as many as there are processors).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--story", description = "Tell the story of the first seed, and play no other.")
    private boolean story;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        var command = Objects.requireNonNull(spec).commandLine();
        if (seeds < 1 || threads < 1) {
            throw new ParameterException(command, "--seeds and --threads are 1 or more");
        }
        var out = command.getOut();
        if (story) {
            Simulation.story(firstSeed).forEach(out::println);
            return 0;
        }
        var started = System.nanoTime();
        var progress = new Progress(out, seeds, started);
        var summary = new Simulation(firstSeed, seeds, threads).run(progress::tell);
        progress.clear();
        summary.failed().ifPresent(failed -> tell(failed, out));
        Report.lines(summary, Duration.ofNanos(System.nanoTime() - started)).forEach(out::println);
        out.flush();
        return summary.failed().isPresent() ? 1 : 0;
    }

    private static void tell(SeedResult failed, PrintWriter out) {
        Simulation.story(failed.seed()).forEach(out::println);
        out.println();
        out.println("seed " + failed.seed()
                + " breaks a promise; this tells its story again: ./rill simulate --story --first-seed "
                + failed.seed());
        out.println();
    }

    /** One line, replaced on a terminal, and repeated in a log. */
    private static final class Progress {
        private static final long ON_TERMINAL = Duration.ofMillis(200).toNanos();
        private static final long IN_LOG = Duration.ofSeconds(5).toNanos();

        private final PrintWriter out;
        private final long seeds;
        private final long started;
        private final boolean terminal = isTerminal(System.console());
        private long toldAt;

        Progress(PrintWriter out, long seeds, long started) {
            this.out = out;
            this.seeds = seeds;
            this.started = started;
            this.toldAt = started;
        }

        void tell(Summary summary) {
            var now = System.nanoTime();
            if (now - toldAt < (terminal ? ON_TERMINAL : IN_LOG)) {
                return;
            }
            toldAt = now;
            var line = Report.progress(summary, seeds, Duration.ofNanos(now - started));
            if (terminal) {
                out.print("\r\033[K" + line);
            } else {
                out.println(line);
            }
            out.flush();
        }

        /** Some JDKs give a console where there is no terminal, others none. */
        private static boolean isTerminal(@Nullable Console console) {
            return console != null && console.isTerminal();
        }

        void clear() {
            if (terminal) {
                out.print("\r\033[K");
                out.flush();
            }
        }
    }
}
