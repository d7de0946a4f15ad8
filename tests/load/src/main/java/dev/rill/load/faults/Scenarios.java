package dev.rill.load.faults;

import dev.rill.load.LoadException;
import dev.rill.load.faults.Act.Way;
import dev.rill.load.faults.Scenario.Purpose;
import dev.rill.load.faults.WorkerTrouble.Harm;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** All scenarios, and the order in which they are run. */
final class Scenarios {

  private static final String STEADY = "/slow 15 /count 60 ";

  /** How the model fares; `times=1` succeeds when it is asked again. The last ones are as common as all others together. */
  private static final List<String> MODEL_TROUBLE = List.of("/fail 429 times=1 /slow 15 /count 30 ",
      "/fail 500 times=1 /slow 15 /count 30 ", "/fail 429 after=1 times=2 /slow 15 /count 30 ", "/fail 429 ",
      "/fail 500 ", "/fail 401 ", "/stall 3 ", "/break 5 /slow 15 ", "/break 0 ", "/end 5 /slow 15 ", "/nonsense 5 ",
      "/page ", "/error 5 ", "/failed 5 ", "/slow 15 /count 30 ", "/fast /count 30 ");

  private final List<Scenario> all;

  Scenarios(InstantSource clock) {
    this.all = List.of(
        new Scenario("twice", "every message of the queue delivered twice, and some a third time later",
            (_, mark, random) -> Plan.readsOn("/slow 15 /count " + random.nextInt(15, 120) + " " + mark),
            new PlannedFaults(plan -> plan.putObject("queue").put("twice", 1).put("late", 0.3).put("late_seconds", 5)),
            Purpose.PROMISES),
        new Scenario("posts", "@connections answers 410, 429 and 500, or hangs",
            (_, mark, _) -> Plan.readsOn(STEADY + mark),
            new PlannedFaults(plan -> plan.putObject("connections").put("gone", 0.01).put("limit_exceeded", 0.05)
                .put("server_error", 0.05).put("hang", 0.005)),
            Purpose.PROMISES),
        new Scenario("tables", "DynamoDB answers with throttles, failed conditions and errors",
            (_, mark, _) -> Plan.readsOn(STEADY + mark),
            new PlannedFaults(plan -> plan.putObject("dynamodb").put("throttled", 0.08).put("conditional_failed", 0.02)
                .put("internal_error", 0.04)),
            Purpose.PROMISES),
        new Scenario("stops", "answers stopped at random points, half on the socket and half over HTTP",
            (index, mark, random) -> new Plan("/slow 10 /count 600 " + mark,
                Map.of(random.nextInt(4, 25), new Act.Stop(index % 2 == 0 ? Way.SOCKET : Way.HTTP))),
            Trouble.NONE, Purpose.STOP_TIMES),
        new Scenario("crash", "kill -9 of every worker at once, again and again",
            (_, mark, _) -> Plan.readsOn("/slow 10 /count 50 " + mark),
            new WorkerTrouble(Duration.ofSeconds(40), Duration.ofSeconds(45), Harm.KILL_ALL, 40, clock),
            Purpose.CRASH_TIMES),
        new Scenario("kill", "kill -9 of workers at random times",
            (_, mark, _) -> Plan.readsOn(STEADY + mark),
            new WorkerTrouble(Duration.ofSeconds(1), Duration.ofSeconds(3), Harm.KILL, 6, clock), Purpose.PROMISES),
        new Scenario("freeze", "every second worker stopped for longer than its lease, and continued",
            (_, mark, _) -> Plan.readsOn("/slow 10 /count 80 " + mark),
            new WorkerTrouble(Duration.ofSeconds(2), Duration.ofSeconds(4), Harm.FREEZE, 50, clock), Purpose.PROMISES),
        new Scenario("sockets", "sockets cut at random points, the answer followed on another or over HTTP",
            (_, mark, random) -> new Plan(STEADY + mark, cuts(random)), Trouble.NONE, Purpose.PROMISES),
        new Scenario("model", "the model refuses, stalls, breaks off and talks nonsense",
            (index, mark, _) -> Plan.readsOn(MODEL_TROUBLE.get(index % MODEL_TROUBLE.size()) + mark), Trouble.NONE,
            Purpose.PROMISES));
  }

  /** Each by itself, as it must be where times are measured. */
  List<List<Scenario>> oneByOne() {
    return all.stream().map(List::of).toList();
  }

  /**
   * The short ones first, then at once those that wait for half a minute and go their own ways. Without the crashes of all workers, which
   * take their time; single ones are among them.
   */
  List<List<Scenario>> packed() {
    return List.of(named("twice"), named("posts"), named("tables"), named("stops"),
        named("kill", "freeze", "sockets", "model"));
  }

  private List<Scenario> named(String... names) {
    return all.stream().filter(scenario -> List.of(names).contains(scenario.name())).toList();
  }

  /** @throws LoadException if none has this name */
  Scenario require(String name) throws LoadException {
    return all.stream().filter(scenario -> scenario.name().equals(name)).findFirst()
        .orElseThrow(() -> new LoadException("there is no scenario '" + name + "'; there are "
            + all.stream().map(Scenario::name).collect(Collectors.joining(", "))));
  }

  private static Map<Integer, Act> cuts(RandomGenerator random) {
    var cuts = new HashMap<Integer, Act>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      cuts.put(random.nextInt(1, 40), new Act.Cut(random.nextBoolean() ? Way.SOCKET : Way.HTTP));
    }
    return cuts;
  }
}
