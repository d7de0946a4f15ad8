package dev.rill.simulation;

import dev.rill.chat.simulation.Story;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Many seeds, several at once. Ends with the first that fails. */
public final class Simulation {

    private final long firstSeed;
    private final long seeds;
    private final int threads;

    /**
     * @param firstSeed the first one
     * @param seeds how many
     * @param threads how many are played at once
     */
    public Simulation(long firstSeed, long seeds, int threads) {
        this.firstSeed = firstSeed;
        this.seeds = seeds;
        this.threads = threads;
    }

    /**
     * What came of all seeds so far.
     *
     * @param played how many seeds
     * @param tally what happened in all stories together
     * @param failed the lowest seed that failed; empty while none has
     */
    public record Summary(long played, Tally tally, Optional<SeedResult> failed) {

        static final Summary NONE = new Summary(0, Tally.NONE, Optional.empty());

        Summary plus(SeedResult result) {
            var lowest = result.holds()
                            || failed.filter(before -> before.seed() < result.seed())
                                    .isPresent()
                    ? failed
                    : Optional.of(result);
            return new Summary(played + 1, tally.plus(result.tally()), lowest);
        }
    }

    /**
     * Plays the seeds.
     *
     * @param progress is told after each seed, by one thread at once
     */
    public Summary run(Consumer<Summary> progress) throws InterruptedException {
        var next = new AtomicLong(firstSeed);
        var failed = new AtomicBoolean();
        var sum = new Sum(progress);
        var players = new ArrayList<Thread>();
        for (int i = 0; i < threads; i++) {
            players.add(Thread.ofPlatform().name("seeds-" + i).start(() -> {
                for (long seed = next.getAndIncrement();
                        seed < firstSeed + seeds && !failed.get();
                        seed = next.getAndIncrement()) {
                    var result = SeedRun.of(seed, Story.Recording.OFF);
                    if (!result.holds()) {
                        failed.set(true);
                    }
                    sum.add(result);
                }
            }));
        }
        for (var player : players) {
            player.join();
        }
        return sum.summary();
    }

    /** The story of a seed, in words, with what did not hold at its end. */
    public static List<String> story(long seed) {
        var result = SeedRun.of(seed, Story.Recording.ON);
        var lines = new ArrayList<String>();
        lines.add("seed " + seed + ", " + result.profile() + ":");
        lines.addAll(result.story());
        result.problems().stream()
                .sorted(Comparator.comparingInt(String::length))
                .forEach(problem -> lines.add("BROKEN: " + problem));
        return lines;
    }

    private static final class Sum {
        private final Consumer<Summary> progress;
        private Summary summary = Summary.NONE;

        Sum(Consumer<Summary> progress) {
            this.progress = progress;
        }

        synchronized void add(SeedResult result) {
            summary = summary.plus(result);
            progress.accept(summary);
        }

        synchronized Summary summary() {
            return summary;
        }
    }
}
