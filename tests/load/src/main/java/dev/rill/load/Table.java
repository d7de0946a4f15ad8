package dev.rill.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Rows of text with the first column to the left and the others to the right. Immutable; {@link #with} gives another one. */
final class Table {

  private static final String NOTHING = "-";
  private static final int FIRST_WIDTH = 44;
  private static final int WIDTH = 12;

  private final List<String> lines;

  private Table(List<String> lines) {
    this.lines = lines;
  }

  static Table empty() {
    return new Table(List.of());
  }

  Table with(String first, String... others) {
    var line = new StringBuilder(String.format(Locale.ROOT, "  %-" + FIRST_WIDTH + "s", first));
    Arrays.stream(others).forEach(cell -> line.append(String.format(Locale.ROOT, "%" + WIDTH + "s", cell)));
    var more = new ArrayList<>(lines);
    more.add(line.toString().stripTrailing());
    return new Table(List.copyOf(more));
  }

  List<String> lines() {
    return lines;
  }

  /** With the unit that suits: {@code 0.84 ms}, {@code 12.3 ms}, {@code 4.56 s}; a dash for none. */
  static String time(Optional<Duration> duration) {
    if (duration.isEmpty()) {
      return NOTHING;
    }
    var millis = duration.get().toNanos() / 1e6;
    if (Math.abs(millis) >= 1000) {
      return String.format(Locale.ROOT, "%.2f s", millis / 1000);
    }
    return String.format(Locale.ROOT, Math.abs(millis) < 10 ? "%.2f ms" : "%.1f ms", millis);
  }

  /** How many times the second the first is; a dash where there is nothing to compare or to divide by. */
  static String ratio(Optional<Duration> part, Optional<Duration> whole) {
    if (part.isEmpty() || whole.isEmpty() || whole.get().isZero()) {
      return NOTHING;
    }
    return String.format(Locale.ROOT, "%.3f", (double) part.get().toNanos() / whole.get().toNanos());
  }

  /** A quotient with one digit; a dash where the divisor is zero. */
  static String quotient(long dividend, long divisor) {
    return divisor == 0 ? NOTHING : String.format(Locale.ROOT, "%,.1f", (double) dividend / divisor);
  }

  /** So many in that time; a dash where no time has passed. */
  static String aSecond(long number, Duration time) {
    return time.isPositive() ? String.format(Locale.ROOT, "%,.1f", number / (time.toNanos() / 1e9)) : NOTHING;
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
