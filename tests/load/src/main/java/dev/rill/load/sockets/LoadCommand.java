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

/** {@code rill load}: many sockets, a prompt each, at once. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Ask on many sockets at once, and check that each gets all its events in order and one terminal event. Ends with 1 "
                        + "if one does not.")
public final class LoadCommand implements Callable<Integer> {

    @Mixin
    private final TargetOptions rill = new TargetOptions();

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "200",
            description = "How many sockets (default: ${DEFAULT-VALUE}).")
    private int sockets;

    @Option(
            names = "--prompt",
            paramLabel = "WORDS",
            defaultValue = "Why is the sky blue?",
            description = "What is asked on each (default: ${DEFAULT-VALUE}).")
    private String prompt = "";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "For the opening of all sockets, and again for all answers (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Override
    public Integer call() throws LoadException, InterruptedException {
        if (sockets < 1 || timeout < 1) {
            throw new LoadException("--sockets and --timeout are 1 or more");
        }
        var out = rill.out();
        var display = Display.on(out);
        var target = rill.requireTarget();
        var plan = new Plan(target.webSocket(), sockets, prompt, Duration.ofSeconds(timeout), display.interval());
        out.println(Table.count(sockets) + " sockets to " + plan.url() + ", a prompt each");
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
