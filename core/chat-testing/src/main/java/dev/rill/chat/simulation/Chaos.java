package dev.rill.chat.simulation;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/** The dice of a simulation: which faults strike, how long things take, and what was done to whom. */
public final class Chaos {

    private final RandomGenerator random;
    private final Map<Fault, Double> probabilities;
    private final Story story;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final Map<String, Map<Fault, Integer>> byVictim = new HashMap<>();
    private BiConsumer<Fault, String> onStrike = (_, _) -> {};
    private boolean calm;

    /** @param probabilities of the faults, each time one is possible; a fault that is not named never strikes */
    public Chaos(RandomGenerator random, Map<Fault, Double> probabilities, Story story) {
        this.random = random;
        this.probabilities = probabilities;
        this.story = story;
    }

    /**
     * Whether a fault strikes now; it is told and counted then.
     *
     * @param victim the process or client that suffers it
     */
    public boolean strikes(Fault fault, String victim) {
        var probability = probabilities.getOrDefault(fault, 0.0);
        if (calm || probability == 0 || random.nextDouble() >= probability) {
            return false;
        }
        count(fault, victim);
        story.tell(fault.words());
        onStrike.accept(fault, victim);
        return true;
    }

    /** Sets what does more harm when a fault strikes; it is told the fault and its victim. */
    public void onStrike(BiConsumer<Fault, String> action) {
        onStrike = action;
    }

    /** Whether a fault is planned for later; {@link #count} counts it when it strikes. */
    public boolean plans(Fault fault) {
        var probability = probabilities.getOrDefault(fault, 0.0);
        return !calm && probability > 0 && random.nextDouble() < probability;
    }

    public void count(Fault fault, String victim) {
        injected.merge(fault, 1, Integer::sum);
        byVictim.computeIfAbsent(victim, _ -> new EnumMap<>(Fault.class)).merge(fault, 1, Integer::sum);
    }

    /** From now on nothing goes wrong. */
    public void calm() {
        calm = true;
    }

    public boolean isCalm() {
        return calm;
    }

    public Map<Fault, Integer> injected() {
        return Map.copyOf(injected);
    }

    /** How many faults there were. */
    public int total() {
        return injected.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How often a process or client suffered one of these faults. */
    public int suffered(String victim, Fault... faults) {
        var all = byVictim.getOrDefault(victim, Map.of());
        int sum = 0;
        for (var fault : faults) {
            sum += all.getOrDefault(fault, 0);
        }
        return sum;
    }

    /** A time between two, in microseconds. */
    public Duration between(Duration least, Duration most) {
        long from = least.toNanos() / 1000;
        long to = most.toNanos() / 1000;
        return Duration.ofNanos((from + random.nextLong(to - from + 1)) * 1000);
    }

    public Duration millis(long least, long most) {
        return between(Duration.ofMillis(least), Duration.ofMillis(most));
    }

    /** A number from 0 to {@code bound - 1}. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** A number of steps from 1 to 2048, each order of magnitude as likely as the next. */
    public int steps() {
        return 1 + random.nextInt(1 << random.nextInt(12));
    }
}
