package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The headers by which a model's server asks for a wait: the first line is {@code retry-after-ms}, the rest
 * {@code retry-after}.
 */
public final class RetryAfterTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var lines = new String(input, UTF_8).split("\n", 2);
        var wait = RetryAfter.find(
                name -> name.equals("retry-after-ms")
                        ? Optional.of(lines[0]).filter(value -> !value.isEmpty())
                        : Optional.of(lines[lines.length - 1]),
                () -> Instant.EPOCH);
        wait.ifPresent(it -> Checks.require(
                !it.isNegative() && it.compareTo(Duration.ofDays(1)) <= 0,
                "a wait of less than nothing or more than a day"));
    }
}
