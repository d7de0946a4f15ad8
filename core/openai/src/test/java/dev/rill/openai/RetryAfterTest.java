package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-01T12:00:00Z"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      3                             | PT3S
      0                             | PT0S
      1.5                           | PT1.5S
      -4                            | PT0S
      Sun, 01 Nov 2026 12:00:30 GMT | PT30S
      Sun, 01 Nov 2026 11:00:00 GMT | PT0S
      Fri, 31 Dec 2049 23:59:59 GMT | PT24H
      1e999                         | PT24H
      1e999999999                   | PT24H
      1e-999999999                  | PT0S
      Fri, 01 Jan 9999 00:00:00 GMT | PT24H
      """)
    void readsSecondsAndDates(String value, Duration wait) {
        assertThat(find(Map.of("retry-after", value))).contains(wait);
    }

    @Test
    void prefersMilliseconds() {
        assertThat(find(Map.of("retry-after", "2", "retry-after-ms", "1700"))).contains(Duration.ofMillis(1700));
    }

    @ParameterizedTest
    @CsvSource({"soon", "''", "2026-11-01T12:00:00Z", "1e-99999999999", "--1"})
    void ignoresMalformedValues(String value) {
        assertThat(find(Map.of("retry-after", value))).isEmpty();
    }

    @Test
    void ignoresTooLongNumbers() {
        assertThat(find(Map.of("retry-after", "9".repeat(200_000)))).isEmpty();
    }

    private static Optional<Duration> find(Map<String, String> headers) {
        return RetryAfter.find(name -> Optional.ofNullable(headers.get(name)), CLOCK);
    }
}
