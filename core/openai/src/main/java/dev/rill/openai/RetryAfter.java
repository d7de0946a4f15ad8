package dev.rill.openai;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads when a server wants a request to be repeated: {@code retry-after-ms} (OpenAI's own, in milliseconds), else
 * {@code Retry-After} (seconds or an HTTP date).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110, Retry-After</a>
 */
final class RetryAfter {

    private static final Duration MAX = Duration.ofDays(1);
    private static final BigDecimal MAX_MILLIS = BigDecimal.valueOf(MAX.toMillis());

    /** In characters. Parsing a longer number would take too much time. */
    private static final int MAX_LENGTH = 40;

    private RetryAfter() {}

    /** The wait that the headers ask for, from zero to a day; empty if they are absent or malformed. */
    static Optional<Duration> find(Function<String, Optional<String>> header, InstantSource clock) {
        var after = header.apply("retry-after").filter(value -> value.length() <= MAX_LENGTH);
        return header.apply("retry-after-ms")
                .filter(value -> value.length() <= MAX_LENGTH)
                .flatMap(millis -> findNumber(millis, 1))
                .or(() -> after.flatMap(seconds -> findNumber(seconds, 1000)))
                .or(() -> after.flatMap(date -> findDate(date, clock)));
    }

    private static Optional<Duration> findNumber(String value, int millisPerUnit) {
        try {
            var millis = new BigDecimal(value.strip()).multiply(BigDecimal.valueOf(millisPerUnit));
            return Optional.of(Duration.ofMillis(
                    millis.max(BigDecimal.ZERO).min(MAX_MILLIS).longValue()));
        } catch (ArithmeticException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> findDate(String value, InstantSource clock) {
        try {
            var until = ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            var wait = Duration.between(clock.instant(), until);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait.compareTo(MAX) > 0 ? MAX : wait);
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
