package dev.rill.simulation;

import dev.rill.chat.simulation.Story;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Looks for a seed whose story breaks a promise. A class loader that holds another version of the engine makes an
 * instance of this class by its constructor without arguments; only types of the JDK cross that border.
 */
public final class SeedSearch implements BiFunction<Long, Integer, Optional<String>> {

    /**
     * Plays seeds one after another, until one fails.
     *
     * @param firstSeed the first one
     * @param seeds how many
     * @return the seed and what did not hold, in words; empty if all held
     */
    @Override
    public Optional<String> apply(Long firstSeed, Integer seeds) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            var result = SeedRun.of(seed, Story.Recording.OFF);
            if (!result.holds()) {
                return Optional.of("seed " + seed + ": " + result.problems().getFirst());
            }
        }
        return Optional.empty();
    }
}
