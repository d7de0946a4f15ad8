package dev.rill.load.faults;

import dev.rill.load.faults.FaultSuite.Addresses;
import dev.rill.load.faults.FaultSuite.Choice;
import dev.rill.load.faults.FaultSuite.Options;
import dev.rill.load.faults.FaultSuite.TimeLimits;
import dev.rill.load.faults.scenario.Scenarios;
import dev.rill.load.faults.stack.StackProcess;
import dev.rill.load.report.Display;
import dev.rill.load.report.MachineLoad;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.ModelOptions;
import dev.rill.load.stack.StackNotes;
import dev.rill.load.stack.Target;
import dev.rill.load.stack.TargetOptions;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rill faults}: checks Rill's promises while faults are injected. */
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Inject faults into a running `./rill up --faults` while hundreds of prompts are answered: workers killed and frozen, "
                        + "messages delivered twice, sockets cut, services and model failing. Check that every accepted prompt has one "
                        + "terminal event and every event number once. A key for the stack is read from the environment variable RILL_API_KEY. Exit code: 0 if so, 1 if not, 2 if nothing could be checked.")
public final class FaultsCommand implements Callable<Integer> {

    private static final int SMALL_PROMPTS = 20;

    @Parameters(
            paramLabel = "SCENARIO",
            arity = "0..1",
            description = "One scenario: " + Scenarios.NAMES + " (default: all).")
    private @Nullable String scenario;

    @Mixin
    private final TargetOptions rill = new TargetOptions();

    @Option(
            names = "--prompts",
            paramLabel = "N",
            description = "Prompts in each scenario (default: 200, or 20 with --small).")
    private @Nullable Integer prompts;

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "50",
            description =
                    "Clients at the same time in a scenario; at most 10 in scenarios that measure times (default: ${DEFAULT-VALUE}).")
    private int sockets;

    @Option(names = "--small", description = "Fewer prompts, and some scenarios at the same time: takes a few minutes.")
    private boolean small;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the random choices, to repeat a run (default: random).")
    private @Nullable Long seed;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "180",
            description =
                    "Time limit for one answer, and again for the queues to become empty (default: ${DEFAULT-VALUE}).")
    private int timeout;

    @Option(
            names = "--hidden",
            paramLabel = "SECONDS",
            defaultValue = "35",
            description =
                    "Time limit for messages that are hidden in a queue while no worker has them (default: ${DEFAULT-VALUE}); they stay "
                            + "hidden for at most the queue's visibility timeout.")
    private int hidden;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description =
                    "The process of ./rill up whose functions are killed (default: the process that listens at --url).")
    private @Nullable Long pid;

    @Option(
            names = "--faults",
            paramLabel = "URL",
            description =
                    "The fault control's URL, as ./rill up prints it (default, also for the URLs below: that of the stack on --url's port).")
    private @Nullable URI faults;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = "--sqs", paramLabel = "URL", description = "SQS's URL.")
    private @Nullable URI sqs;

    @Option(names = "--dynamodb", paramLabel = "URL", description = "DynamoDB's URL.")
    private @Nullable URI dynamoDb;

    @Override
    public Integer call() throws LoadException, InterruptedException {
        var each = prompts != null ? prompts : small ? SMALL_PROMPTS : 200;
        if (each < 1 || sockets < 1 || timeout < 1 || hidden < 1) {
            throw new LoadException("--prompts, --sockets, --timeout and --hidden must be at least 1");
        }
        var out = rill.out();
        var target = rill.requireTarget();
        var chosenSeed = seed != null ? seed : new SecureRandom().nextLong(1_000_000);
        var display = Display.on(out);
        var options = new Options(
                each,
                sockets,
                new TimeLimits(
                        Duration.ofSeconds(timeout),
                        Duration.ofSeconds(Math.max(timeout, hidden)),
                        Duration.ofSeconds(hidden)),
                chosenSeed,
                display.interval());
        out.println(each + " prompts in each scenario, --seed " + chosenSeed);
        try (var suite = new FaultSuite(
                addresses(target), options, InstantSource.system(), _ -> {}, line -> display.show(line, line))) {
            var outcome = suite.run(choice());
            out.println();
            outcome.lines().forEach(out::println);
            out.println(MachineLoad.line());
            out.println(
                    outcome.kept()
                            ? "kept: every accepted prompt has one terminal event, and every event number once"
                            : "broken: see above; --seed " + chosenSeed + " repeats the random choices");
            out.flush();
            return outcome.kept() ? 0 : 1;
        }
    }

    private Choice choice() {
        if (scenario != null) {
            return new Choice.One(scenario);
        }
        return small ? new Choice.Parallel() : new Choice.All();
    }

    private Addresses addresses(Target target) throws LoadException {
        var notes = new StackNotes(target);
        ProcessHandle stack;
        if (pid == null) {
            stack = StackProcess.listeningOn(target.port());
        } else {
            var number = pid;
            stack = ProcessHandle.of(number).orElseThrow(() -> new LoadException("there is no process " + number));
        }
        return new Addresses(
                target,
                notes.url("faults", "--faults", faults),
                model.url(target),
                notes.url("sqs", "--sqs", sqs),
                notes.url("dynamodb-url", "--dynamodb", dynamoDb),
                stack);
    }
}
