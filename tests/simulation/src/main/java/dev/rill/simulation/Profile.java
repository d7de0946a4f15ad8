package dev.rill.simulation;

import dev.rill.chat.simulation.Fault;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How a seed's story is made.
 *
 * @param name for the report
 * @param faults the probability of each fault, each time one is possible
 * @param clients how many clients ask
 * @param preemption the probability that a thread is overtaken before it takes a lock
 * @param outage a fault that strikes nearly each time for some seconds; empty if there is none
 */
record Profile(String name, Map<Fault, Double> faults, int clients, double preemption, Optional<Fault> outage) {

    private static final List<Fault> OUTAGES = List.of(Fault.LOG_REFUSES, Fault.LOG_TIMEOUT, Fault.LOG_ANSWER_LOST);

    private static final List<Fault> BESIDE_DEATH = List.of(
            Fault.LOG_SLOW,
            Fault.LOG_ANSWER_LOST,
            Fault.LOG_TIMEOUT,
            Fault.POST_SLOW,
            Fault.MODEL_REFUSES,
            Fault.SOCKET_CUT,
            Fault.CLOCK_SKEW);
    private static final List<Fault> ALL = List.of(Fault.values());

    private static final Map<Fault, Double> USUAL = Map.ofEntries(
            Map.entry(Fault.LOG_REFUSES, 0.06),
            Map.entry(Fault.LOG_ANSWER_LOST, 0.08),
            Map.entry(Fault.LOG_TIMEOUT, 0.06),
            Map.entry(Fault.LOG_SLOW, 0.06),
            Map.entry(Fault.LOG_THROTTLED, 0.03),
            Map.entry(Fault.POST_FAILS, 0.08),
            Map.entry(Fault.POST_ANSWER_LOST, 0.08),
            Map.entry(Fault.POST_TIMEOUT, 0.06),
            Map.entry(Fault.POST_TWICE, 0.15),
            Map.entry(Fault.POST_SLOW, 0.1),
            Map.entry(Fault.POST_HANGS, 0.05),
            Map.entry(Fault.SOCKET_GONE, 0.06),
            Map.entry(Fault.SOCKET_CUT, 0.6),
            Map.entry(Fault.QUEUE_REFUSES, 0.3),
            Map.entry(Fault.QUEUE_ANSWER_LOST, 0.3),
            Map.entry(Fault.QUEUE_TIMEOUT, 0.2),
            Map.entry(Fault.QUEUE_DUPLICATE, 0.4),
            Map.entry(Fault.QUEUE_THROTTLED, 0.3),
            Map.entry(Fault.NUDGE_THROTTLED, 0.3),
            Map.entry(Fault.QUEUE_LATE, 0.4),
            Map.entry(Fault.HIDING_FAILS, 0.3),
            Map.entry(Fault.QUOTA_REFUSES, 0.15),
            Map.entry(Fault.QUOTA_ANSWER_LOST, 0.15),
            Map.entry(Fault.QUOTA_TIMEOUT, 0.15),
            Map.entry(Fault.MODEL_REFUSES, 0.5),
            Map.entry(Fault.MODEL_STALLS, 0.4),
            Map.entry(Fault.MODEL_CUT, 0.5),
            Map.entry(Fault.MODEL_NONSENSE, 0.5),
            Map.entry(Fault.MODEL_GIVES_UP, 0.5),
            Map.entry(Fault.WORKER_KILLED, 0.7),
            Map.entry(Fault.WORKER_FROZEN, 0.7),
            Map.entry(Fault.MESSAGE_KILLED, 0.5),
            Map.entry(Fault.STREAM_KILLED, 0.6),
            Map.entry(Fault.STREAM_FROZEN, 0.6),
            Map.entry(Fault.CLOCK_SKEW, 0.7));

    /**
     * Of eight seeds one is quiet, three have every kind of fault, two have one kind, one has two, and in one processes
     * die beside one other kind.
     */
    static Profile of(long seed, RandomGenerator random) {
        int clients = 1 + random.nextInt(3);
        double preemption = random.nextInt(4) == 0 ? 0 : random.nextDouble() * 0.3;
        return switch ((int) Math.floorMod(seed, 8L)) {
            case 0 -> new Profile("quiet", Map.of(), clients, preemption, Optional.empty());
            case 1, 2, 3 -> {
                double strength = 0.05 + random.nextDouble() * 0.35;
                var faults = new EnumMap<Fault, Double>(Fault.class);
                USUAL.forEach((fault, probability) -> faults.put(fault, probability * strength));
                var outage = random.nextInt(6) == 0
                        ? Optional.of(OUTAGES.get(random.nextInt(OUTAGES.size())))
                        : Optional.<Fault>empty();
                yield new Profile("chaos", faults, clients, preemption, outage);
            }
            case 4, 5 -> {
                var fault = one(random);
                yield new Profile(
                        name(fault), Map.of(fault, probability(fault)), clients, preemption, Optional.empty());
            }
            case 6 -> {
                var first = one(random);
                var second = one(random);
                var faults = new EnumMap<Fault, Double>(Fault.class);
                faults.put(first, probability(first));
                faults.put(second, probability(second));
                yield new Profile(name(first) + " and " + name(second), faults, clients, preemption, Optional.empty());
            }
            default -> deaths(random, clients, preemption);
        };
    }

    /** Processes that die or freeze, alone or beside one other kind of fault. */
    private static Profile deaths(RandomGenerator random, int clients, double preemption) {
        var death = random.nextInt(3) == 0 ? Fault.WORKER_FROZEN : Fault.WORKER_KILLED;
        if (random.nextInt(4) == 0) {
            return new Profile(name(death), Map.of(death, probability(death)), clients, preemption, Optional.empty());
        }
        var beside = BESIDE_DEATH.get(random.nextInt(BESIDE_DEATH.size()));
        var faults =
                Map.of(death, probability(death), Fault.STREAM_KILLED, probability(Fault.STREAM_KILLED), beside, 0.3);
        return new Profile("deaths and " + name(beside), faults, clients, preemption, Optional.empty());
    }

    private static Fault one(RandomGenerator random) {
        return ALL.get(random.nextInt(ALL.size()));
    }

    private static double probability(Fault fault) {
        return USUAL.getOrDefault(fault, 0.0);
    }

    private static String name(Fault fault) {
        return fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
