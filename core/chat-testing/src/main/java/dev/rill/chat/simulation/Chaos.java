package dev.rill.chat.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/** The dice of a simulation: which faults strike, how long things take, and what was done to whom. */
public final class Chaos {

    private final RandomGenerator random;
    private final Map<Fault, Double> probabilities;
    private final Story story;
    private final InstantSource clock;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final Map<String, List<Strike>> byVictim = new HashMap<>();
    private BiConsumer<Fault, String> onStrike = (_, _) -> {};
    private Optional<Outage> outage = Optional.empty();
    private boolean calm;

    /** A time in which a fault strikes nearly each time. */
    private record Outage(Fault fault, Instant from, Instant until) {}

    /**
     * A fault that struck a process or a client.
     *
     * @param blocked for how long the fault kept its victim from making progress; zero if it did not
     */
    public record Strike(Fault fault, Instant at, Duration blocked) {}

    /**
     * @param probabilities of the faults, each time one is possible; a fault that is not named never strikes
     * @param clock the clock by which strikes are recorded
     */
    public Chaos(RandomGenerator random, Map<Fault, Double> probabilities, Story story, InstantSource clock) {
        this.random = random;
        this.clock = clock;
        this.probabilities = probabilities;
        this.story = story;
    }

    /**
     * Whether a fault strikes now; it is told and counted then.
     *
     * @param victim the process or client that suffers it
     */
    public boolean strikes(Fault fault, String victim) {
        if (!plans(fault)) {
            return false;
        }
        strike(fault, victim, Duration.ZERO);
        return true;
    }

    /**
     * As {@link #strikes}, for a fault that delays its victim.
     *
     * @return the delay in milliseconds, from {@code least} to {@code most}; empty if the fault does not strike
     */
    Optional<Duration> delay(Fault fault, String victim, long least, long most) {
        if (!plans(fault)) {
            return Optional.empty();
        }
        var delay = millis(least, most);
        strike(fault, victim, delay);
        return Optional.of(delay);
    }

    private void strike(Fault fault, String victim, Duration blocked) {
        count(fault, victim, blocked);
        story.tell(fault.words());
        onStrike.accept(fault, victim);
    }

    /** Sets what does more harm when a fault strikes; it is told the fault and its victim. */
    public void onStrike(BiConsumer<Fault, String> action) {
        onStrike = action;
    }

    /** Whether a fault is planned for later; {@link #count} counts it when it strikes. */
    public boolean plans(Fault fault) {
        var probability = probability(fault);
        return !calm && probability > 0 && random.nextDouble() < probability;
    }

    /**
     * Has a fault strike nearly each time for a while, beside its usual probability.
     *
     * @param delay from now on
     */
    public void plan(Fault fault, Duration delay, Duration duration) {
        var from = clock.instant().plus(delay);
        outage = Optional.of(new Outage(fault, from, from.plus(duration)));
    }

    private double probability(Fault fault) {
        var now = clock.instant();
        return outage.filter(it -> it.fault == fault && !now.isBefore(it.from) && now.isBefore(it.until))
                .map(_ -> 0.95)
                .orElseGet(() -> probabilities.getOrDefault(fault, 0.0));
    }

    /**
     * Counts a fault that strikes now.
     *
     * @param blocked for how long the fault keeps its victim from making progress; zero if it does not
     */
    public void count(Fault fault, String victim, Duration blocked) {
        injected.merge(fault, 1, Integer::sum);
        byVictim.computeIfAbsent(victim, _ -> new ArrayList<>()).add(new Strike(fault, clock.instant(), blocked));
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

    /** Returns the faults that a process or client suffered, in the order of time. */
    public List<Strike> strikes(String victim) {
        return List.copyOf(byVictim.getOrDefault(victim, List.of()));
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
