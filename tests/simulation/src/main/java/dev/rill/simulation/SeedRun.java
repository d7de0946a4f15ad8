package dev.rill.simulation;

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

/** The story of one seed. The same seed has the same story. */
public final class SeedRun {

    private static final Limits LIMITS = new Limits(400_000, Duration.ofHours(12), Duration.ofSeconds(60));

    /** From then on nothing goes wrong, and all must come to rest. */
    private static final Duration TROUBLE = Duration.ofSeconds(90);

    private static final Duration REST = Duration.ofHours(2);

    private SeedRun() {}

    /** Plays a seed's story and judges it. */
    public static SeedResult of(long seed, Story.Recording recording) {
        var random = new SplittableRandom(seed);
        var profile = Profile.of(seed, random);
        var time = new SimulatedTime(Schedule.random(random, profile.preemption()), LIMITS);
        var story = new Story(time, recording);
        var chaos = new Chaos(random, profile.faults(), story);
        var world = new World(time, random, chaos, story);
        var clients = new ArrayList<Client>();
        var worker = new WorkerFunction(world);
        var problems = new ArrayList<String>();
        try {
            time.run(() -> {
                play(world, worker, clients, profile);
                problems.addAll(new Judge(world, clients).problems());
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
                new Tally(time.elapsed(), time.steps(), world.model.calls().size(), chaos.injected(), endings(world)),
                time.traceHash(),
                story.lines());
    }

    private static void play(World world, WorkerFunction worker, List<Client> clients, Profile profile)
            throws InterruptedException {
        for (int i = 0; i < profile.clients(); i++) {
            clients.add(new Client(world, Plan.of(i, world.chaos), "client-" + i));
        }
        var _ = world.time.start("poller", worker::poll);
        world.time.after(TROUBLE, world.chaos::calm);
        for (var client : clients) {
            var _ = world.time.start(client.name(), client::run);
        }
        var until = world.time.instant().plus(REST);
        while (!isOver(world, worker, clients) && world.time.instant().isBefore(until)) {
            world.time.sleep(Duration.ofSeconds(1));
        }
        world.chaos.calm();
        world.rest();
        // What a client was sent last reaches it, and it says goodbye.
        world.time.sleep(Duration.ofMinutes(1));
    }

    private static boolean isOver(World world, WorkerFunction worker, List<Client> clients) {
        return clients.stream().noneMatch(client -> client.state() == Client.State.READING)
                && world.queue.size() == 0
                && worker.isIdle();
    }

    private static Map<String, Integer> endings(World world) {
        var endings = new TreeMap<String, Integer>();
        world.observations.created().keySet().forEach(id -> {
            var last = world.log.read(id, -1);
            var ending = last.isEmpty() || !last.getLast().terminal()
                    ? "not ended"
                    : last.getLast().type();
            endings.merge(ending.replace("response.", ""), 1, Integer::sum);
        });
        return endings;
    }
}
