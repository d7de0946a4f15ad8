package dev.rill.load.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Rows of text: the first column is aligned to the left, all further ones to the right. Immutable; {@link #row} returns
 * a new table.
 */
public final class Table {

    private static final String NOTHING = "-";
    private static final int FIRST_WIDTH = 44;
    private static final int WIDTH = 12;

    private final int firstWidth;
    private final int width;
    private final List<String> lines;

    private Table(int firstWidth, int width, List<String> lines) {
        this.firstWidth = firstWidth;
        this.width = width;
        this.lines = lines;
    }

    /** An empty table: 44 characters for the first column, 12 for each further one. */
    public static Table empty() {
        return of(FIRST_WIDTH, WIDTH);
    }

    /** An empty table with columns of these widths, in characters. */
    public static Table of(int firstWidth, int width) {
        return new Table(firstWidth, width, List.of());
    }

    public Table row(String first, String... cells) {
        var line = new StringBuilder(String.format(Locale.ROOT, "  %-" + firstWidth + "s", first));
        Arrays.stream(cells).forEach(cell -> line.append(String.format(Locale.ROOT, "%" + width + "s", cell)));
        var more = new ArrayList<>(lines);
        more.add(line.toString().stripTrailing());
        return new Table(firstWidth, width, List.copyOf(more));
    }

    public List<String> lines() {
        return lines;
    }

    /** A duration in the unit that fits: {@code 0.84 ms}, {@code 12.3 ms}, {@code 4.56 s}; a dash if it is empty. */
    public static String time(Optional<Duration> duration) {
        if (duration.isEmpty()) {
            return NOTHING;
        }
        var millis = duration.get().toNanos() / 1e6;
        if (Math.abs(millis) >= 1000) {
            return String.format(Locale.ROOT, "%.2f s", millis / 1000);
        }
        return String.format(Locale.ROOT, Math.abs(millis) < 10 ? "%.2f ms" : "%.1f ms", millis);
    }

    /** The first duration divided by the second; a dash if one is empty or the second is zero. */
    public static String ratio(Optional<Duration> part, Optional<Duration> whole) {
        if (part.isEmpty() || whole.isEmpty() || whole.get().isZero()) {
            return NOTHING;
        }
        return String.format(
                Locale.ROOT, "%.3f", (double) part.get().toNanos() / whole.get().toNanos());
    }

    /** A quotient with one decimal; a dash if the divisor is zero. */
    public static String quotient(long dividend, long divisor) {
        return divisor == 0 ? NOTHING : String.format(Locale.ROOT, "%,.1f", (double) dividend / divisor);
    }

    /** A number per second; a dash if no time has passed. */
    public static String rate(long number, Duration time) {
        return time.isPositive() ? String.format(Locale.ROOT, "%,.1f", number / (time.toNanos() / 1e9)) : NOTHING;
    }

    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
