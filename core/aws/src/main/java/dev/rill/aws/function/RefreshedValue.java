package dev.rill.aws.function;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value that is read at the first {@link #get}, and again when it is older than {@code maxAge}. While it can't be
 * read again, the last good one is returned, and each {@code maxAge} one line is logged. A value that is read and is
 * wrong (the source throws an {@link IllegalArgumentException}) replaces the last good one: there is none then. Safe
 * for use by many threads: no lock is held during a read, so two threads may read at the same time.
 */
final class RefreshedValue<T> implements Supplier<T> {

    private static final Logger LOG = LoggerFactory.getLogger(RefreshedValue.class);

    private final String what;
    private final Supplier<T> source;
    private final Duration maxAge;
    private final InstantSource clock;

    private volatile @Nullable Reading<T> latest;

    /**
     * Reads nothing yet.
     *
     * @param what names the value in the log, such as "the settings in the secret arn:..."
     */
    RefreshedValue(String what, Supplier<T> source, Duration maxAge, InstantSource clock) {
        this.what = what;
        this.source = source;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /**
     * Returns the value. A source that can't be read at the first call is read again by the next one.
     *
     * @throws IllegalArgumentException if the value is wrong; it is not read again before {@code maxAge} is over
     * @throws RuntimeException whatever the source throws at the first reading
     */
    @Override
    public T get() {
        var now = clock.instant();
        var known = latest;
        if (known == null || !now.isBefore(known.triedAt().plus(maxAge))) {
            known = read(known, now);
            latest = known;
        }
        return switch (known) {
            case Reading.Good<T>(var value, var _) -> value;
            case Reading.Wrong<T>(var message, var _) -> throw new IllegalArgumentException(message);
        };
    }

    private Reading<T> read(@Nullable Reading<T> last, Instant now) {
        try {
            return new Reading.Good<>(source.get(), now);
        } catch (IllegalArgumentException e) {
            LOG.error("{} is wrong", what, e);
            return new Reading.Wrong<>(String.valueOf(e.getMessage()), now);
        } catch (RuntimeException e) {
            if (last == null) {
                throw e;
            }
            LOG.error("{} can't be read; what was read last stays in use", what, e);
            return last.triedAgain(now);
        }
    }

    /** What was read, and when the source was tried last. */
    private sealed interface Reading<T> {

        Instant triedAt();

        Reading<T> triedAgain(Instant now);

        record Good<T>(T value, Instant triedAt) implements Reading<T> {
            @Override
            public Reading<T> triedAgain(Instant now) {
                return new Good<>(value, now);
            }
        }

        record Wrong<T>(String message, Instant triedAt) implements Reading<T> {
            @Override
            public Reading<T> triedAgain(Instant now) {
                return new Wrong<>(message, now);
            }
        }
    }
}
