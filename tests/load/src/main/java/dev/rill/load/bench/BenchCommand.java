package dev.rill.load.bench;

import dev.rill.load.bench.BenchReport.Run;
import dev.rill.load.report.Display;
import dev.rill.load.report.MachineLoad;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.ModelOptions;
import dev.rill.load.stack.ModelStats;
import dev.rill.load.stack.Target;
import dev.rill.load.stack.TargetOptions;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rill bench}: measures the time that Rill adds to the model's own. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Measure the time from the simulated model's first byte to the client's first delta, on a running `./rill up`: "
                        + "one answer after the other, over WebSocket and over HTTP. Client, Rill and model must share one clock. A key "
                        + "for the stack is read from the environment variable RILL_API_KEY.")
public final class BenchCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration WEB_SOCKET_TARGET = Duration.ofMillis(30);
    private static final Duration HTTP_TARGET = Duration.ofMillis(5);
    private static final Duration AUTHENTICATION_TARGET = Duration.ofMillis(1);

    /** How many streams run at the same time while events are counted. */
    private static final List<Integer> EVENT_STREAMS = List.of(1, 16, 64);

    /** Rounds on each side, for each number of streams. */
    private static final int EVENT_ROUNDS = 4;

    /** Pairs of requests between two lines of progress. */
    private static final int PAIRS_A_LINE = 500;

    @Mixin
    private final TargetOptions rill = new TargetOptions();

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "50",
            description = "Measured answers on each transport (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "50",
            description = "Answers before the measured ones, on each transport (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--prompt",
            paramLabel = "WORDS",
            defaultValue = "/count 8",
            description =
                    "The prompt; a unique suffix is added (default: ${DEFAULT-VALUE}, a short answer at the model's own pace).")
    private String prompt = "";

    @Option(
            names = "--open",
            paramLabel = "URL",
            description =
                    "A second stack, without authentication. Also measure what the check of RILL_API_KEY at --url "
                            + "adds to a request over HTTP, by requests to both in turn.")
    private @Nullable String open;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Measured requests to each of the two stacks, after half as many that are not measured "
                    + "(default: ${DEFAULT-VALUE}).")
    private int pairs;

    @Option(
            names = "--events",
            description =
                    "Measure only how many of the model's events a second pass through Rill over HTTP, against the "
                            + "same client on the model itself, with 1, 16 and 64 streams at the same time. Needs a stack that lets so many run: "
                            + "`./rill up --environments 64 --parameter MaxRunningPerSubject=999 --parameter MaxQueuedPerSubject=999`.")
    private boolean events;

    @Override
    public Integer call() throws LoadException, InterruptedException {
        if (runs < 1 || warmUp < 0 || pairs < 1) {
            throw new LoadException("--runs and --pairs must be at least 1, and --warm-up at least 0");
        }
        var target = rill.requireTarget();
        var second = openTarget();
        var out = rill.out();
        var clock = InstantSource.system();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .executor(threads)
                        .connectTimeout(Duration.ofSeconds(5))
                        .build()) {
            var stats = new ModelStats(client, modelOptions.url(target));
            // A wrong --model shows now, and not after all answers.
            stats.snapshot();
            if (events) {
                rates(target, modelOptions.url(target), out, clock);
                client.shutdownNow();
                return 0;
            }
            try (var webSocket = WebSocketTransport.open(client, target, TIMEOUT, clock)) {
                measure("WebSocket", WEB_SOCKET_TARGET, webSocket, stats, out, clock);
            }
            try (var http = new HttpTransport(target, TIMEOUT, clock)) {
                measure("HTTP", HTTP_TARGET, http, stats, out, clock);
            }
            if (second.isPresent()) {
                compare(second.get(), target, out);
            }
            out.println(MachineLoad.line());
            out.flush();
            client.shutdownNow();
        }
        return 0;
    }

    private static void rates(Target target, URI model, PrintWriter out, InstantSource clock)
            throws LoadException, InterruptedException {
        var display = Display.on(out);
        var direct = new HttpTransport(EventRate.responsesOf(model), ApiKey.NONE, TIMEOUT, clock);
        try (var rill = new HttpTransport(target, TIMEOUT, clock)) {
            for (int streams : EVENT_STREAMS) {
                var progress = "events: " + streams + " streams";
                display.show(progress, progress);
                var measured = new EventRate(direct, rill, streams).measure(EVENT_ROUNDS);
                display.clear();
                new EventRateReport(streams, measured).lines().forEach(out::println);
                out.println();
                out.flush();
            }
        }
        out.println(MachineLoad.line());
        out.flush();
    }

    private Optional<Target> openTarget() throws LoadException {
        if (open == null) {
            return Optional.empty();
        }
        var target = Target.parse(open);
        target.requireListening();
        return Optional.of(target);
    }

    private void compare(Target without, Target with, PrintWriter out) throws LoadException {
        var display = Display.on(out);
        var cost = new AuthenticationCost(without, with, TIMEOUT);
        var measured = cost.measure(pairs, pairs / 2, done -> {
            if (done % PAIRS_A_LINE == 0) {
                var progress = "authentication: " + (done < 0 ? "warming up" : done + " of " + pairs);
                display.show(progress, progress);
            }
        });
        display.clear();
        new AuthenticationReport(AUTHENTICATION_TARGET, measured).lines().forEach(out::println);
        out.println();
        out.flush();
    }

    private void measure(
            String name, Duration goal, Transport transport, ModelStats stats, PrintWriter out, InstantSource clock)
            throws LoadException, InterruptedException {
        var display = Display.on(out);
        var shownAt = Instant.EPOCH;
        // The model's statistics keep the first 80 characters of a prompt.
        var mark = UUID.randomUUID().toString().substring(0, 8);
        Map<String, AnswerTimes> measured = new HashMap<>();
        for (int i = -warmUp; i < runs; i++) {
            if (!clock.instant().isBefore(shownAt.plus(display.interval()))) {
                shownAt = clock.instant();
                var progress =
                        name + ": " + (i < 0 ? "warming up, " + (i + warmUp) + " of " + warmUp : i + " of " + runs);
                display.show(progress, progress);
            }
            if (i < 0) {
                transport.ask(prompt + " warm-up");
            } else {
                var words = prompt + " " + mark + "-" + i;
                measured.put(words, transport.ask(words));
            }
        }
        display.clear();
        var both = new ArrayList<Run>();
        for (var request : stats.snapshot().requests()) {
            var answer = measured.remove(request.prompt());
            if (answer != null && request.times().firstDeltaAt().isPresent()) {
                both.add(new Run(answer, request));
            }
        }
        if (both.size() < runs) {
            throw new LoadException(
                    "the simulated model did not answer all of these prompts: set --model to the one that Rill calls");
        }
        new BenchReport(name, goal, both).lines().forEach(out::println);
        out.println();
        out.flush();
    }
}
