package dev.rill.load.faults.injection;

import dev.rill.load.faults.stack.Function;
import dev.rill.load.faults.stack.FunctionProcesses;
import dev.rill.load.faults.stack.StackClients;
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
 * @param minPause the shortest time between two
 * @param maxPause the longest
 * @param method what it meets with
 * @param promptsEach it happens once for so many prompts at most, but once at least: each answer has three attempts
 */
public record ProcessFaults(
        Function function, Duration minPause, Duration maxPause, Method method, int promptsEach, InstantSource clock)
        implements FaultInjection {

    /** What a process meets with. */
    public enum Method {
        /** {@code kill -9}. */
        KILL("kills"),
        /** {@code kill -9} of all that there are. */
        KILL_ALL("kills of all processes"),
        /** {@code SIGSTOP} for longer than its lease, then {@code SIGCONT}. */
        FREEZE("freezes");

        private final String words;

        Method(String words) {
            this.words = words;
        }
    }

    /** A lease lasts 12 s. */
    private static final Duration FROZEN = Duration.ofSeconds(18);

    @Override
    public ActiveFault begin(StackClients site, long seed, int prompts) {
        var harming = new FaultLoop(site.processes(), seed, Math.ceilDiv(prompts, promptsEach));
        harming.thread.start();
        return harming;
    }

    private final class FaultLoop implements ActiveFault {
        private final FunctionProcesses processes;
        private final int limit;
        private final SplittableRandom random;
        private final List<InjectedFault> faults = new CopyOnWriteArrayList<>();
        private final CountDownLatch over = new CountDownLatch(1);
        private final Thread thread = Thread.ofVirtual().name("harm").unstarted(this::run);

        private FaultLoop(FunctionProcesses processes, long seed, int limit) {
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
        public List<InjectedFault> injected() {
            return List.copyOf(faults);
        }

        @Override
        public String tally() {
            return faults.size() + " " + method.words + " of " + function.module();
        }

        private void run() {
            try {
                while (faults.size() < limit
                        && !over.await(
                                random.nextLong(minPause.toMillis(), maxPause.toMillis() + 1), TimeUnit.MILLISECONDS)) {
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
            switch (method) {
                case KILL -> {
                    faults.add(InjectedFault.at(killed(), clock.instant()));
                    FunctionProcesses.kill(running.get(random.nextInt(running.size())));
                }
                case KILL_ALL -> {
                    faults.add(InjectedFault.at(killed(), clock.instant()));
                    running.forEach(FunctionProcesses::kill);
                }
                case FREEZE -> freeze(running);
            }
        }

        private InjectedFault.Kind killed() {
            return switch (function) {
                case WORKER -> InjectedFault.Kind.WORKER_KILLED;
                case MESSAGE -> InjectedFault.Kind.MESSAGE_FUNCTION_KILLED;
                case STREAM -> InjectedFault.Kind.STREAM_FUNCTION_KILLED;
                case CONNECT -> InjectedFault.Kind.CONNECT_FUNCTION_KILLED;
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
            faults.add(new InjectedFault(InjectedFault.Kind.WORKER_FROZEN, now, now.plus(FROZEN)));
            try {
                for (var worker : frozen) {
                    FunctionProcesses.freeze(worker);
                }
                // To its end, also where the prompts have ended before: what they do when they wake is the question.
                TimeUnit.NANOSECONDS.sleep(FROZEN.toNanos());
            } finally {
                for (var worker : frozen) {
                    FunctionProcesses.resume(worker);
                }
            }
        }
    }
}
