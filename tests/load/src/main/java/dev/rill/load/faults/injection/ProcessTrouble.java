package dev.rill.load.faults.injection;

import dev.rill.load.faults.stack.Function;
import dev.rill.load.faults.stack.Processes;
import dev.rill.load.faults.stack.Site;
import dev.rill.load.stack.LoadException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * One process of a function after the other meets with something, until the trouble ends or it has been often enough.
 *
 * @param least the shortest time between two
 * @param most the longest
 * @param means what it meets with
 * @param promptsEach it happens once for so many prompts at most, but once at least: each answer has three attempts
 */
public record ProcessTrouble(
        Function function, Duration least, Duration most, Means means, int promptsEach, InstantSource clock)
        implements Trouble {

    /** What a process meets with. */
    public enum Means {
        /** {@code kill -9}. */
        KILL("kills"),
        /** {@code kill -9} of all that there are. */
        KILL_ALL("kills of all processes"),
        /** {@code SIGSTOP} for longer than its lease, then {@code SIGCONT}. */
        FREEZE("freezes");

        private final String words;

        Means(String words) {
            this.words = words;
        }
    }

    /** A lease lasts 12 s. */
    private static final Duration FROZEN = Duration.ofSeconds(18);

    @Override
    public Running begin(Site site, long seed, int prompts) {
        var harming = new Harming(site.processes(), seed, Math.ceilDiv(prompts, promptsEach));
        harming.thread.start();
        return harming;
    }

    private final class Harming implements Running {
        private final Processes processes;
        private final int limit;
        private final SplittableRandom random;
        private final List<Harm> harms = new CopyOnWriteArrayList<>();
        private final CountDownLatch over = new CountDownLatch(1);
        private final Thread thread = Thread.ofVirtual().name("harm").unstarted(this::run);

        private Harming(Processes processes, long seed, int limit) {
            this.processes = processes;
            this.limit = limit;
            this.random = new SplittableRandom(seed);
        }

        @Override
        public void end() throws InterruptedException {
            over.countDown();
            thread.join();
        }

        @Override
        public List<Harm> harms() {
            return List.copyOf(harms);
        }

        @Override
        public String tally() {
            return harms.size() + " " + means.words + " of " + function.module();
        }

        private void run() {
            try {
                while (harms.size() < limit
                        && !over.await(random.nextLong(least.toMillis(), most.toMillis() + 1), TimeUnit.MILLISECONDS)) {
                    var running = processes.running(function);
                    if (!running.isEmpty()) {
                        harm(running);
                    }
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (LoadException e) {
                throw new IllegalStateException(e);
            }
        }

        private void harm(List<ProcessHandle> running) throws LoadException, InterruptedException {
            switch (means) {
                case KILL -> {
                    harms.add(Harm.at(killed(), clock.instant()));
                    Processes.kill(running.get(random.nextInt(running.size())));
                }
                case KILL_ALL -> {
                    harms.add(Harm.at(killed(), clock.instant()));
                    running.forEach(Processes::kill);
                }
                case FREEZE -> freeze(running);
            }
        }

        private Harm.Kind killed() {
            return switch (function) {
                case WORKER -> Harm.Kind.WORKER_KILLED;
                case MESSAGE -> Harm.Kind.MESSAGE_FUNCTION_KILLED;
                case STREAM -> Harm.Kind.STREAM_FUNCTION_KILLED;
                case CONNECT -> Harm.Kind.CONNECT_FUNCTION_KILLED;
            };
        }

        /** Every second one: some of them are idle, and some must go on with the work. */
        private void freeze(List<ProcessHandle> running) throws LoadException, InterruptedException {
            var first = running.size() == 1 ? 0 : random.nextInt(2);
            var frozen = IntStream.range(0, running.size())
                    .filter(i -> i % 2 == first)
                    .mapToObj(running::get)
                    .toList();
            var now = clock.instant();
            harms.add(new Harm(Harm.Kind.WORKER_FROZEN, now, now.plus(FROZEN)));
            try {
                for (var worker : frozen) {
                    Processes.freeze(worker);
                }
                // To its end, also where the prompts have ended before: what they do when they wake is the question.
                TimeUnit.NANOSECONDS.sleep(FROZEN.toNanos());
            } finally {
                for (var worker : frozen) {
                    Processes.thaw(worker);
                }
            }
        }
    }
}
