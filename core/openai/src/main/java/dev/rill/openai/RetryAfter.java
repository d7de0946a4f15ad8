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
 * When a server wants to be asked again: {@code retry-after-ms} (OpenAI's own, milliseconds), else {@code Retry-After} (seconds or an
 * HTTP date).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110, Retry-After</a>
 */
final class RetryAfter {

  private static final BigDecimal MAX_MILLIS = BigDecimal.valueOf(Duration.ofDays(1).toMillis());

  private RetryAfter() {}

  /** The wait that the headers ask for, from zero to a day; empty where they ask for none or can't be read. */
  static Optional<Duration> find(Function<String, Optional<String>> header, InstantSource clock) {
    return header.apply("retry-after-ms").flatMap(millis -> findNumber(millis, 1))
        .or(() -> header.apply("retry-after").flatMap(seconds -> findNumber(seconds, 1000)))
        .or(() -> header.apply("retry-after").flatMap(date -> findDate(date, clock)));
  }

  private static Optional<Duration> findNumber(String value, int millisPerUnit) {
    try {
      var millis = new BigDecimal(value.strip()).multiply(BigDecimal.valueOf(millisPerUnit));
      return Optional.of(Duration.ofMillis(millis.max(BigDecimal.ZERO).min(MAX_MILLIS).longValue()));
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> findDate(String value, InstantSource clock) {
    try {
      var until = ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      var wait = Duration.between(clock.instant(), until);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
