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

    private volatile @Nullable Known<T> latest;

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

    /** Returns the value. Whatever the source throws at the first reading is thrown, and the next call reads again. */
    @Override
    public T get() {
        var now = clock.instant();
        var known = latest;
        if (known != null && now.isBefore(known.triedAt().plus(maxAge))) {
            return known.value();
        }
        try {
            var value = known == null ? source.get() : readAgain(known.value());
            latest = new Known<>(value, now);
            return value;
        } catch (IllegalArgumentException e) {
            latest = null;
            throw e;
        }
    }

    private T readAgain(T lastGood) {
        try {
            return source.get();
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("{} can't be read; the last good value stays in use", what, e);
            return lastGood;
        }
    }

    private record Known<T>(T value, Instant triedAt) {}
}
