package dev.rill.simulation;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.simulation.Chaos;
import dev.rill.chat.simulation.Limits;
import dev.rill.chat.simulation.Schedule;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.Story;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The story of one seed. The same seed has the same story. */
public final class SeedRun {

    private static final Limits LIMITS = new Limits(400_000, Duration.ofHours(12), Duration.ofSeconds(60));

    /** From then on nothing goes wrong, and all must come to rest. */
    private static final Duration TROUBLE = Duration.ofSeconds(90);

    /** How often a client asks for a response that nothing else ends. */
    private static final int MAX_ASKS = 10;

    private static final int LISTED_SERVERS = 3;

    private static final Duration REST = Duration.ofHours(2);

    /** Longer than a request takes effect after its caller has given up. */
    private static final Duration LATE_EFFECTS = Duration.ofSeconds(20);

    private SeedRun() {}

    /** Plays a seed's story and judges it. */
    public static SeedResult of(long seed, Story.Recording recording) {
        var random = new SplittableRandom(seed);
        var profile = Profile.of(seed, random);
        var time = new SimulatedTime(Schedule.random(random, profile.preemption()), LIMITS);
        var story = new Story(time, recording);
        var chaos = new Chaos(random, profile.faults(), story, time);
        var world = new World(time, random, chaos, story);
        var worker = new WorkerFunction(world);
        var clients = new ArrayList<Client>();
        var problems = new ArrayList<String>();
        var asked = new ArrayList<ResponseId>();
        // A quarter of the seeds of each profile has lanes.
        var lanes = Math.floorMod(seed / 8, 4L) == 0;
        // In another quarter the model is a list, whose next server answers where one fails after output.
        if (Math.floorMod(seed / 8, 4L) == 1) {
            world.model.list(LISTED_SERVERS);
        }
        try {
            time.run(() -> {
                var laneClients = lanes ? List.of(LaneClient.start(world, "laner")) : List.<LaneClient>of();
                play(world, worker, clients, laneClients, profile);
                var judge = new Judge(world, clients);
                asked.addAll(askForRest(world, worker, unended(world, judge, laneClients)));
                world.rest();
                // What a client was sent last reaches it.
                time.sleep(Duration.ofMinutes(1));
                problems.addAll(judge.problems());
                laneClients.forEach(client -> problems.addAll(client.problems()));
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problems.add("interrupted");
        } catch (Exception e) {
            problems.add(String.valueOf(e));
        }
        time.uncaught()
                .forEach(uncaught -> problems.add("thread " + uncaught.thread() + " ended by " + uncaught.exception()));
        return new SeedResult(
                seed,
                profile.name(),
                List.copyOf(problems),
                new Tally(
                        time.elapsed(),
                        time.steps(),
                        world.model.calls().size(),
                        chaos.injected(),
                        endings(world),
                        asked.size()),
                time.traceHash(),
                story.lines());
    }

    private static void play(
            World world, WorkerFunction worker, List<Client> clients, List<LaneClient> lanes, Profile profile)
            throws InterruptedException {
        var plans = new ArrayList<Plan>();
        for (int i = 0; i < profile.clients(); i++) {
            plans.add(Plan.of(i, world.chaos));
        }
        profile.outage()
                .ifPresent(fault ->
                        world.chaos.plan(fault, world.chaos.millis(0, 40_000), world.chaos.millis(1_000, 20_000)));
        var _ = world.time.start("poller", worker::poll);
        world.time.after(TROUBLE, world.chaos::calm);
        for (int i = 0; i < plans.size(); i++) {
            var _ = Client.start(world, clients, plans.get(i), "client-" + i);
        }
        var until = world.time.instant().plus(REST);
        do {
            while (!isOver(world, worker, clients, lanes)
                    && world.time.instant().isBefore(until)) {
                world.time.sleep(Duration.ofSeconds(1));
            }
            // A request that timed out may take effect later.
            world.time.sleep(LATE_EFFECTS);
        } while (!isOver(world, worker, clients, lanes) && world.time.instant().isBefore(until));
        world.chaos.calm();
    }

    private static boolean isOver(World world, WorkerFunction worker, List<Client> clients, List<LaneClient> lanes) {
        return lanes.stream().allMatch(LaneClient::isDone)
                && clients.stream().noneMatch(client -> client.state() == Client.State.READING)
                && isQuiet(world, worker);
    }

    private static boolean isQuiet(World world, WorkerFunction worker) {
        return world.queue.size() == 0 && worker.isIdle();
    }

    /**
     * The responses that need not end before a client asks for them, and those that clients of lanes have not been sent
     * the end of: these clients lose their only socket, and come back over HTTP.
     */
    private static List<ResponseId> unended(World world, Judge judge, List<LaneClient> lanes) {
        return Stream.concat(judge.unwatched().stream(), lanes.stream().flatMap(client -> client.open().stream()))
                .filter(id -> !world.hasEnded(id))
                .distinct()
                .toList();
    }

    /** Nothing ends these responses until a client asks for them, so a client does. */
    private static List<ResponseId> askForRest(World world, WorkerFunction worker, List<ResponseId> unwatched)
            throws InterruptedException {
        for (var id : unwatched) {
            for (int i = 0; i < MAX_ASKS && !world.hasEnded(id); i++) {
                var _ = new StreamFunction(world).follow("late reader", id, -1);
                world.time.sleep(World.FUNCTION_TIMEOUT);
            }
        }
        for (int i = 0; i < MAX_ASKS && !unwatched.isEmpty() && !isQuiet(world, worker); i++) {
            world.time.sleep(World.FUNCTION_TIMEOUT);
        }
        return unwatched;
    }

    private static Map<String, Integer> endings(World world) {
        var endings = new TreeMap<String, Integer>();
        world.observations.created().keySet().forEach(id -> {
            var last = world.log.read(id, -1);
            var ending = world.observations.deletedAt(id).isPresent()
                    ? "deleted by a client"
                    : last.isEmpty() || !last.getLast().terminal()
                            ? "not ended"
                            : last.getLast().type();
            endings.merge(ending.replace("response.", ""), 1, Integer::sum);
        });
        return endings;
    }
}
