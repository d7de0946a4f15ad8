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
 * Kills or freezes processes of a function, one after the other, until the injection ends or the limit is reached.
 *
 * @param minPause the shortest pause between two faults
 * @param maxPause the longest pause between two faults
 * @param method what is done to a process
 * @param promptsEach the limit is one fault for this many prompts, and one at least; each answer has three attempts
 */
public record ProcessFaults(
        Function function, Duration minPause, Duration maxPause, Method method, int promptsEach, InstantSource clock)
        implements FaultInjection {

    /** What is done to a process. */
    public enum Method {
        /** {@code kill -9}. */
        KILL("kills"),
        /** {@code kill -9} of all processes of the function. */
        KILL_ALL("kills of all processes"),
        /** {@code SIGSTOP} for longer than a lease, then {@code SIGCONT}. */
        FREEZE("freezes");

        private final String words;

        Method(String words) {
            this.words = words;
        }
    }

    /** Longer than a lease, which lasts 12 s. */
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

        /** Freezes every second process, so that some of those that work go on. */
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
                // To its end, even if all prompts have ended: the test is what the processes do when they continue.
                TimeUnit.NANOSECONDS.sleep(FROZEN.toNanos());
            } finally {
                for (var worker : frozen) {
                    FunctionProcesses.resume(worker);
                }
            }
        }
    }
}
