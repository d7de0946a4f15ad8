package dev.rill.load.faults.scenario;

import dev.rill.load.faults.injection.FaultInjection;
import dev.rill.load.faults.injection.InjectedFault.Kind;
import dev.rill.load.faults.injection.ProcessFaults;
import dev.rill.load.faults.injection.ProcessFaults.Method;
import dev.rill.load.faults.injection.ServiceFaults;
import dev.rill.load.faults.prompt.ClientAction;
import dev.rill.load.faults.prompt.ClientAction.Channel;
import dev.rill.load.faults.prompt.ClientAction.OldSocket;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.prompt.PromptPlan.Link;
import dev.rill.load.faults.prompt.PromptPlan.ModelScript;
import dev.rill.load.faults.prompt.PromptPlan.Repeat;
import dev.rill.load.faults.prompt.PromptPlan.Request;
import dev.rill.load.faults.scenario.Scenario.Bounds;
import dev.rill.load.faults.scenario.Scenario.Purpose;
import dev.rill.load.faults.stack.Function;
import dev.rill.load.stack.LoadException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All scenarios, and the order in which they are run. */
public final class Scenarios {

    /** The names in the order in which the scenarios are run; a constant, as the command's help needs it. */
    public static final String NAMES =
            "twice, posts, accept, tables, stops, silence, unstored, again, history, crash, kill, freeze, "
                    + "message, stream, connect, sockets, model or limits";

    private static final String STEADY = "/slow 15 /count 60 ";
    private static final String BRIEF = "/slow 15 /count 30 ";
    private static final String SUBPROTOCOL = "rill.v1";

    /** The model is silent for 6 s. The stack's ModelIdleSeconds must be more; in {@code mvn verify} it is 8 s. */
    private static final String SILENT = "/delay 6000 ";

    private static final int TURNS = 4;
    private static final int SOCKETS_OF_AN_ANSWER = 16;

    /**
     * A prompt, and what the model does with it.
     *
     * @param commands the simulated model's commands before the prompt
     */
    private record Trial(String commands, ModelScript fate) {}

    /** How the model fails; Rill calls a model that refuses three times. The last two are answers without a failure. */
    private static final List<Trial> MODEL_TROUBLE = List.of(
            new Trial("/fail 429 times=1 " + BRIEF, ModelScript.answeredAfter(1)),
            new Trial("/fail 500 times=1 " + BRIEF, ModelScript.answeredAfter(1)),
            new Trial("/fail 429 after=1 times=2 " + BRIEF, ModelScript.answeredAfter(2)),
            new Trial("/fail 429 ", ModelScript.failed(3)),
            new Trial("/fail 500 ", ModelScript.failed(3)),
            new Trial("/fail 401 ", ModelScript.failed(1)),
            new Trial("/stall 3 ", ModelScript.failed(1)),
            new Trial("/break 5 /slow 15 ", ModelScript.failed(1)),
            new Trial("/break 0 ", ModelScript.failed(3)),
            new Trial("/end 5 /slow 15 ", ModelScript.failed(1)),
            new Trial("/nonsense 5 ", ModelScript.failed(1)),
            new Trial("/page ", ModelScript.failed(1)),
            new Trial("/error 5 ", ModelScript.failed(1)),
            new Trial("/failed 5 ", ModelScript.failed(1)),
            new Trial(BRIEF, ModelScript.ANSWERED),
            new Trial("/fast /count 30 ", ModelScript.ANSWERED));

    private final InstantSource clock;
    private final List<Scenario> all;

    public Scenarios(InstantSource clock) {
        this.clock = clock;
        this.all = List.of(
                new Scenario(
                        "twice",
                        "every message of the queue delivered twice, and some a third time later",
                        (_, mark, random) ->
                                List.of(PromptPlan.toTheEnd("/slow 15 /count " + random.nextInt(15, 120) + " " + mark)),
                        new ServiceFaults(
                                Kind.QUEUE_REPEATS,
                                plan -> plan.putObject("queue")
                                        .put("twice", 1)
                                        .put("late", 0.3)
                                        .put("late_seconds", 5),
                                clock),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "posts",
                        "@connections answers 410, 429 and 500, or hangs",
                        (_, mark, _) -> List.of(PromptPlan.toTheEnd(STEADY + mark)),
                        new ServiceFaults(
                                Kind.POSTS_FAIL,
                                plan -> plan.putObject("connections")
                                        .put("gone", 0.01)
                                        .put("limit_exceeded", 0.05)
                                        .put("server_error", 0.05)
                                        .put("hang", 0.005),
                                clock),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "accept",
                        "posts of created and queued fail; half of the clients never repeat",
                        (index, mark, _) -> List.of(everySecondNeverRepeats(index, PromptPlan.toTheEnd(BRIEF + mark))),
                        new ServiceFaults(
                                Kind.POSTS_FAIL,
                                plan -> plan.putObject("connections")
                                        .put("server_error", 0.9)
                                        .putArray("types")
                                        .add("response.created")
                                        .add("response.queued"),
                                clock),
                        Purpose.PROMISES,
                        // Two processors accept 200 cold requests no faster than within the gateway's 29 s.
                        Bounds.NONE_FAILS.refused(20).sockets(25)),
                new Scenario(
                        "tables",
                        "DynamoDB answers with throttles, failed conditions and errors",
                        (_, mark, _) -> List.of(PromptPlan.toTheEnd(STEADY + mark)),
                        new ServiceFaults(
                                Kind.TABLES_FAIL,
                                plan -> plan.putObject("dynamodb")
                                        .put("throttled", 0.08)
                                        .put("conditional_failed", 0.02)
                                        .put("internal_error", 0.04),
                                clock),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "stops",
                        "answers stopped at random points, half on the socket and half over HTTP",
                        (index, mark, random) -> List.of(PromptPlan.toTheEnd("/slow 10 /count 600 " + mark)
                                .withActions(Map.of(
                                        random.nextInt(4, 25),
                                        new ClientAction.Stop(index % 2 == 0 ? Channel.SOCKET : Channel.HTTP)))),
                        FaultInjection.NONE,
                        Purpose.STOP_TIMES,
                        Bounds.NONE_FAILS.sockets(10)),
                new Scenario(
                        "silence",
                        "clients reconnect again and again while the model is silent",
                        (index, mark, _) -> List.of(PromptPlan.toTheEnd(SILENT + BRIEF + mark)
                                .withActions(Map.of(
                                        2,
                                        new ClientAction.Reconnect(
                                                SOCKETS_OF_AN_ANSWER + 4,
                                                index % 2 == 0 ? OldSocket.OPEN : OldSocket.CUT)))),
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.sockets(5)),
                new Scenario(
                        "unstored",
                        "store: false, with sockets that are cut",
                        (_, mark, random) -> List.of(PromptPlan.toTheEnd(BRIEF + mark)
                                .withRequest(Request.PLAIN.unstored())
                                .withActions(cuts(random, 20))),
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "again",
                        "a model that refuses at first; its client asks again under the same event_id",
                        Scenarios::askedAgain,
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "history",
                        "conversations, while workers are killed",
                        Scenarios::conversation,
                        killing(Function.WORKER, Duration.ofSeconds(2), Duration.ofSeconds(6), Method.KILL, 12),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.failed(5)),
                new Scenario(
                        "crash",
                        "kill -9 of every worker at once, again and again",
                        (_, mark, _) -> List.of(PromptPlan.toTheEnd("/slow 10 /count 50 " + mark)),
                        killing(Function.WORKER, Duration.ofSeconds(40), Duration.ofSeconds(45), Method.KILL_ALL, 40),
                        Purpose.CRASH_TIMES,
                        Bounds.NONE_FAILS.failed(2).sockets(10)),
                new Scenario(
                        "kill",
                        "kill -9 of workers at random times; every third client never repeats",
                        (index, mark, _) -> List.of(
                                index % 3 == 0
                                        ? PromptPlan.toTheEnd(STEADY + mark)
                                                .withRequest(Request.PLAIN.without(Repeat.NEVER))
                                        : PromptPlan.toTheEnd(STEADY + mark)),
                        killing(Function.WORKER, Duration.ofSeconds(1), Duration.ofSeconds(3), Method.KILL, 6),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.failed(5)),
                new Scenario(
                        "freeze",
                        "every second worker stopped for longer than its lease, and continued",
                        (_, mark, _) -> List.of(PromptPlan.toTheEnd("/slow 10 /count 80 " + mark)),
                        new ProcessFaults(
                                Function.WORKER,
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(4),
                                Method.FREEZE,
                                50,
                                clock),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.failed(10)),
                new Scenario(
                        "message",
                        "kill -9 of message-fn while it accepts; half of the clients never repeat",
                        (index, mark, _) -> List.of(everySecondNeverRepeats(index, PromptPlan.toTheEnd(BRIEF + mark))),
                        killing(Function.MESSAGE, Duration.ofMillis(100), Duration.ofMillis(900), Method.KILL_ALL, 3),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.refused(50)),
                new Scenario(
                        "stream",
                        "kill -9 of stream-fn while it answers over HTTP",
                        (_, mark, _) -> List.of(
                                PromptPlan.toTheEnd(STEADY + mark).withRequest(Request.PLAIN.over(Channel.HTTP))),
                        killing(Function.STREAM, Duration.ofSeconds(1), Duration.ofSeconds(3), Method.KILL, 10),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.failed(30).sockets(8)),
                new Scenario(
                        "connect",
                        "kill -9 of connect-fn while sockets come and go",
                        (_, mark, random) ->
                                List.of(PromptPlan.toTheEnd(STEADY + mark).withActions(cuts(random, 40))),
                        killing(Function.CONNECT, Duration.ofMillis(300), Duration.ofMillis(1500), Method.KILL_ALL, 8),
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "sockets",
                        "sockets cut at random points, the answer followed on another or over HTTP",
                        (_, mark, random) ->
                                List.of(PromptPlan.toTheEnd(STEADY + mark).withActions(cuts(random, 40))),
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                new Scenario(
                        "model",
                        "the model refuses, stalls, breaks off and talks nonsense",
                        (index, mark, _) -> {
                            var trial = MODEL_TROUBLE.get(index % MODEL_TROUBLE.size());
                            return List.of(
                                    PromptPlan.toTheEnd(trial.commands() + mark).withScript(trial.fate()));
                        },
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS),
                // The last one: after it DynamoDB Local holds a gigabyte, and takes minutes to read the table.
                new Scenario(
                        "limits",
                        "requests and answers as large as may be, and larger than a message",
                        (index, mark, random) -> List.of(large(index, mark, random)),
                        FaultInjection.NONE,
                        Purpose.PROMISES,
                        Bounds.NONE_FAILS.sockets(4)));
    }

    /** Each scenario by itself, as the measurement of times needs it. */
    public List<List<Scenario>> oneByOne() {
        return all.stream().map(List::of).toList();
    }

    /**
     * Groups that run at the same time. Scenarios that kill no process come first, because the limits on repeated
     * events and model calls are strictest without kills. {@code crash} is left out, since it takes minutes.
     */
    public List<List<Scenario>> parallel() {
        return List.of(
                named("twice"),
                named("posts"),
                named("accept"),
                named("tables"),
                named("stops", "unstored", "again", "silence"),
                named("limits", "model", "sockets"),
                named("message", "stream", "connect"),
                named("kill", "freeze", "history"));
    }

    /**
     * Groups that take less than a minute on an idle machine; the simulator covers the rest in every build. A killed
     * worker may leave a message hidden, for which the suite would wait a minute more.
     */
    public List<List<Scenario>> brief() {
        return List.of(named("again", "limits"));
    }

    private List<Scenario> named(String... names) {
        return all.stream()
                .filter(scenario -> List.of(names).contains(scenario.name()))
                .toList();
    }

    /**
     * The scenario of this name.
     *
     * @throws LoadException if there is none
     */
    public Scenario require(String name) throws LoadException {
        return all.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new LoadException("there is no scenario '" + name + "'; there are "
                        + all.stream().map(Scenario::name).collect(Collectors.joining(", "))));
    }

    private ProcessFaults killing(Function function, Duration least, Duration most, Method means, int promptsEach) {
        return new ProcessFaults(function, least, most, means, promptsEach, clock);
    }

    private static PromptPlan everySecondNeverRepeats(int index, PromptPlan plan) {
        return index % 2 == 0 ? plan : plan.withRequest(plan.request().without(Repeat.NEVER));
    }

    /**
     * A request of 128 KB in frames of 32 KB, answers around and far above the size of a message, and the limits of
     * HTTP and of a DynamoDB item.
     */
    private static PromptPlan large(int index, String mark, RandomGenerator random) {
        var socket = Request.PLAIN;
        return switch (index % 8) {
            case 0 -> PromptPlan.toTheEnd("/count 20 " + mark).withRequest(socket.padded(130_700));
            case 1 -> PromptPlan.toTheEnd("/large 140 " + mark);
            case 2 -> PromptPlan.toTheEnd("/large 140 " + mark).withRequest(socket.offering(SUBPROTOCOL));
            case 3 -> PromptPlan.toTheEnd("/large 600 " + mark);
            // Lambda's limit of 6 MB includes what is around the body.
            case 4 ->
                PromptPlan.toTheEnd("/count 10 " + mark)
                        .withRequest(socket.over(Channel.HTTP).padded(6_200_000));
            // Random text, which compression does not bring below the 400 KB of an item.
            case 5 ->
                PromptPlan.toTheEnd("/fast /echo " + mark)
                        .withRequest(socket.over(Channel.HTTP).padded(700_000));
            case 6 ->
                PromptPlan.toTheEnd("/fast /echo " + mark).withRequest(socket.padded(random.nextInt(126_000, 130_500)));
            default ->
                PromptPlan.toTheEnd("/fast /echo " + mark)
                        .withRequest(
                                socket.padded(random.nextInt(126_000, 130_500)).offering(SUBPROTOCOL));
        };
    }

    /**
     * The model refuses each of a worker's calls; a repeat of the request creates a new response, which is answered.
     */
    private static List<PromptPlan> askedAgain(int index, String mark, RandomGenerator random) {
        var prompt = "/fail 429 times=3 " + BRIEF + mark;
        return List.of(
                PromptPlan.toTheEnd(prompt).withScript(new ModelScript(PromptPlan.ModelOutcome.FAILED, 4)),
                PromptPlan.toTheEnd(prompt)
                        .withRequest(Request.PLAIN.linked(Link.REPEATS))
                        .withScript(ModelScript.answeredAfter(3)));
    }

    private static List<PromptPlan> conversation(int index, String mark, RandomGenerator random) {
        return IntStream.range(0, TURNS)
                .mapToObj(turn -> {
                    var plan = PromptPlan.toTheEnd(BRIEF + mark + " turn " + turn);
                    return turn == 0 ? plan : plan.withRequest(Request.PLAIN.linked(Link.CONTINUES));
                })
                .toList();
    }

    private static Map<Integer, ClientAction> cuts(RandomGenerator random, int before) {
        var cuts = new HashMap<Integer, ClientAction>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            cuts.put(
                    random.nextInt(1, before),
                    new ClientAction.Cut(random.nextBoolean() ? Channel.SOCKET : Channel.HTTP));
        }
        return cuts;
    }
}
