package dev.rill.load.sockets;

import dev.rill.load.report.Display;
import dev.rill.load.report.MachineLoad;
import dev.rill.load.report.Table;
import dev.rill.load.sockets.LoadRun.Plan;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.TargetOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rill load}: many sockets at once, one prompt on each. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Open many sockets, send one prompt on each at once, and check that every socket gets all its events in order and "
                        + "one terminal event. A key for the stack is read from the environment variable RILL_API_KEY. Exit code: 0 if all do, 1 if one does not, 2 if nothing could be measured.")
public final class LoadCommand implements Callable<Integer> {

    @Mixin
    private final TargetOptions rill = new TargetOptions();

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "200",
            description = "Number of sockets (default: ${DEFAULT-VALUE}).")
    private int sockets;

    @Option(
            names = "--prompt",
            paramLabel = "WORDS",
            defaultValue = "Why is the sky blue?",
            description = "The prompt that is sent on each socket (default: ${DEFAULT-VALUE}).")
    private String prompt = "";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "Time limit for opening all sockets, and again for all answers (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Override
    public Integer call() throws LoadException, InterruptedException {
        if (sockets < 1 || timeout < 1) {
            throw new LoadException("--sockets and --timeout must be at least 1");
        }
        var out = rill.out();
        var display = Display.on(out);
        var target = rill.requireTarget();
        var plan = new Plan(target, sockets, prompt, Duration.ofSeconds(timeout), display.interval());
        out.println(Table.count(sockets) + " sockets to " + target.webSocket() + ", one prompt on each");
        var outcome = new LoadRun(plan, InstantSource.system())
                .run(now -> display.show(Progress.bar(now), Progress.line(now)));
        out.println();
        var report = new LoadReport(outcome);
        report.lines().forEach(out::println);
        out.println(MachineLoad.line());
        out.println(
                report.kept()
                        ? "kept: every socket got all its events in order and one terminal event"
                        : "broken: not every socket got all its events in order and one terminal event");
        out.flush();
        return report.kept() ? 0 : 1;
    }
}
