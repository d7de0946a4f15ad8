package dev.rill.load.faults;

import dev.rill.load.faults.ScenarioRun.Size;
import dev.rill.load.faults.check.Allowance;
import dev.rill.load.faults.check.LogCheck;
import dev.rill.load.faults.check.PromptVerdict;
import dev.rill.load.faults.check.ReactionTimes;
import dev.rill.load.faults.check.ScenarioResult;
import dev.rill.load.faults.client.Conversation;
import dev.rill.load.faults.scenario.Scenario;
import dev.rill.load.faults.scenario.Scenarios;
import dev.rill.load.faults.stack.AwsJsonApi;
import dev.rill.load.faults.stack.FaultControl;
import dev.rill.load.faults.stack.FunctionProcesses;
import dev.rill.load.faults.stack.ResponsesTable;
import dev.rill.load.faults.stack.SqsQueues;
import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.faults.wire.RillClient;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.ModelStats;
import dev.rill.load.stack.Target;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Runs scenarios on a running stack and judges them. Each scenario sends its prompts while faults are injected. When
 * the faults have ended and the services are at rest, every prompt is compared with the log. One thread; close it to
 * end its connections.
 */
public final class FaultSuite implements AutoCloseable {

    private static final int ASKED_AT_ONCE = 8;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final StackClients site;
    private final Options options;
    private final InstantSource clock;
    private final Scenarios scenarios;
    private final Consumer<String> progress;
    private final RestWatch rest;

    /** The addresses of the stack's parts. */
    public record Addresses(Target rill, URI faults, URI model, URI sqs, URI dynamoDb, ProcessHandle stack) {}

    /**
     * The number of prompts, and the time limits.
     *
     * @param prompts the number of prompts in each scenario
     * @param sockets the most clients at the same time in each scenario
     * @param seed the seed of all random choices
     * @param report the time between two lines of progress
     */
    public record Options(int prompts, int sockets, TimeLimits limits, long seed, Duration report) {}

    /**
     * How long the suite waits.
     *
     * @param answer for one answer
     * @param rest for the services to come to rest
     * @param hidden the part of it for hidden messages, once nothing else is left
     */
    public record TimeLimits(Duration answer, Duration rest, Duration hidden) {}

    /** Which scenarios are run, and how. */
    public sealed interface Choice {
        /** All, one after the other; after each the services come to rest. */
        record All() implements Choice {}

        /** Nearly all, some at the same time, with one wait for rest at the end, which takes half a minute. */
        record Parallel() implements Choice {}

        /** Those of {@code mvn verify}, which take a minute. */
        record Brief() implements Choice {}

        /** One scenario, by its name. */
        record One(String name) implements Choice {}
    }

    /**
     * The outcome of a run.
     *
     * @param kept whether every promise was kept; times are reported and not judged
     * @param lines the report, with the broken promises
     */
    public record Outcome(boolean kept, List<String> lines) {

        public Outcome {
            lines = List.copyOf(lines);
        }
    }

    /**
     * A suite for one running stack.
     *
     * @param observer gets each message and event that a client receives, on the client's thread
     * @param progress gets a line now and then, on the thread that calls {@link #run}
     */
    public FaultSuite(
            Addresses addresses,
            Options options,
            InstantSource clock,
            Consumer<String> observer,
            Consumer<String> progress) {
        this.options = options;
        this.clock = clock;
        this.progress = progress;
        this.scenarios = new Scenarios(clock);
        this.site = new StackClients(
                new RillClient(client, addresses.rill(), clock, observer),
                new FaultControl(client, addresses.faults()),
                new ModelStats(client, addresses.model()),
                new SqsQueues(new AwsJsonApi(client, addresses.sqs(), AwsJsonApi.Service.SQS)),
                new ResponsesTable(new AwsJsonApi(client, addresses.dynamoDb(), AwsJsonApi.Service.DYNAMODB)),
                new FunctionProcesses(addresses.stack()));
        this.rest = new RestWatch(
                site,
                new RestWatch.Limits(options.limits().rest(), options.limits().hidden(), options.report()),
                clock,
                progress);
    }

    /**
     * Runs the chosen scenarios.
     *
     * @throws LoadException if a part of the stack can't be reached, or there is no such scenario
     */
    public Outcome run(Choice choice) throws LoadException, InterruptedException {
        // A wrong address shows now, and not after minutes.
        site.faults().clear();
        site.model().forget();
        rest.begin();
        var report = switch (choice) {
            case Choice.All() -> inTurn(scenarios.oneByOne());
            case Choice.One(var name) -> inTurn(List.of(List.of(scenarios.require(name))));
            case Choice.Parallel() -> atOnce(scenarios.parallel());
            case Choice.Brief() -> atOnce(scenarios.brief());
        };
        return new Outcome(report.kept(), report.lines());
    }

    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdownNow();
    }

    private FaultReport inTurn(List<List<Scenario>> waves) throws LoadException, InterruptedException {
        var results = new ArrayList<ScenarioResult>();
        var rests = new TreeMap<String, Leftovers>();
        for (var wave : waves) {
            // The statistics of earlier scenarios have been judged.
            site.model().forget();
            var runs = start(wave);
            try {
                run(runs);
                var name = runs.getFirst().scenario().name();
                var leftovers = rest.await(allowance(runs));
                var judged = judge(runs);
                // At once: a run that ends early has shown what it has found.
                new FaultReport(judged, Map.of(name, leftovers)).verdicts().forEach(progress);
                rests.put(name, leftovers);
                results.addAll(judged);
            } finally {
                runs.forEach(ScenarioRun::close);
            }
        }
        return new FaultReport(results, rests);
    }

    private FaultReport atOnce(List<List<Scenario>> waves) throws LoadException, InterruptedException {
        var runs = new ArrayList<ScenarioRun>();
        try {
            for (var wave : waves) {
                var next = start(wave);
                runs.addAll(next);
                run(next);
            }
            var leftovers = rest.await(allowance(runs));
            return new FaultReport(judge(runs), Map.of("all", leftovers));
        } finally {
            runs.forEach(ScenarioRun::close);
        }
    }

    private List<ScenarioRun> start(List<Scenario> wave) {
        var size =
                new Size(options.prompts(), options.sockets(), options.limits().answer(), options.seed());
        var mark = Long.toString(clock.millis(), Character.MAX_RADIX);
        return wave.stream()
                .map(scenario -> new ScenarioRun(scenario, site, size, mark, clock))
                .toList();
    }

    private void run(List<ScenarioRun> runs) throws LoadException, InterruptedException {
        runs.forEach(run ->
                progress.accept(run.scenario().name() + ": " + run.scenario().words()));
        all(
                runs.stream()
                        .<Callable<Boolean>>map(run -> () -> {
                            run.run();
                            return true;
                        })
                        .toList(),
                () -> FaultProgress.line(
                        runs.stream().map(ScenarioRun::progress).toList()));
    }

    private static Allowance allowance(List<ScenarioRun> runs) {
        return new Allowance(
                runs.stream().flatMap(run -> run.injected().stream()).toList());
    }

    private List<ScenarioResult> judge(List<ScenarioRun> runs) throws LoadException, InterruptedException {
        var allowance = allowance(runs);
        var faults = runs.stream().flatMap(run -> run.injected().stream()).toList();
        var bounds = runs.stream().map(run -> run.scenario().bounds()).toList();
        var found = new ArrayList<List<CheckedTurn>>();
        for (var run : runs) {
            found.add(find(run));
        }
        // After the log was read, since reading it must not cost a model call.
        var asked = site.model().snapshot().requests();
        var byTag = asked.stream().collect(Collectors.groupingBy(ModelStats.Request::prompt));
        var results = new ArrayList<ScenarioResult>();
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            var answers = found.get(i).stream().map(one -> one.turn().answer()).toList();
            var judged = found.get(i).stream()
                    .map(one -> PromptVerdict.of(
                            one.turn(),
                            one.finding(),
                            byTag.getOrDefault(one.turn().answer().plan().tag(), List.of()),
                            allowance))
                    .toList();
            results.add(new ScenarioResult(
                    run.scenario(),
                    widest(run.scenario().bounds(), bounds),
                    judged,
                    run.tally(),
                    run.took(),
                    new ScenarioResult.Reactions(
                            ReactionTimes.stops(answers, asked), ReactionTimes.crashes(answers, faults, asked))));
        }
        return results;
    }

    private record CheckedTurn(Conversation.Turn turn, LogCheck.Finding finding) {}

    private List<CheckedTurn> find(ScenarioRun run) throws LoadException, InterruptedException {
        var turns = run.turns();
        var found = new ArrayList<CheckedTurn>();
        var check = new LogCheck(site.rill(), clock);
        for (int from = 0; from < turns.size(); from += ASKED_AT_ONCE) {
            var some = turns.subList(from, Math.min(turns.size(), from + ASKED_AT_ONCE));
            found.addAll(all(
                    some.stream()
                            .<Callable<CheckedTurn>>map(turn -> () -> new CheckedTurn(turn, check.of(turn)))
                            .toList(),
                    () -> run.scenario().name() + ": comparing answers with the log, " + found.size() + " of "
                            + turns.size()));
        }
        return found;
    }

    /** The widest limits, since the faults of one scenario hit all that run at the same time. */
    private static Scenario.Bounds widest(Scenario.Bounds own, List<Scenario.Bounds> all) {
        return own.failed(all.stream()
                        .mapToInt(Scenario.Bounds::failedPercent)
                        .max()
                        .orElse(0))
                .refused(all.stream()
                        .mapToInt(Scenario.Bounds::refusedPercent)
                        .max()
                        .orElse(0));
    }

    /** Runs all tasks at the same time, and reports the progress. */
    private <T> List<T> all(List<Callable<T>> tasks, Supplier<String> line) throws LoadException, InterruptedException {
        var futures = tasks.stream().map(threads::submit).toList();
        var results = new ArrayList<T>();
        try {
            for (var future : futures) {
                var result = Optional.<T>empty();
                while (result.isEmpty()) {
                    result = await(future);
                    if (result.isEmpty()) {
                        progress.accept(line.get());
                    }
                }
                results.add(result.get());
            }
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LoadException plain) {
                throw plain;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    private <T> Optional<T> await(Future<T> future) throws InterruptedException, ExecutionException {
        try {
            return Optional.of(future.get(options.report().toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            return Optional.empty();
        }
    }
}
