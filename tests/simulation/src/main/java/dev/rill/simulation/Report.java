package dev.rill.simulation;

import dev.rill.chat.simulation.Fault;
import dev.rill.simulation.Simulation.Summary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What came of many seeds, as lines of text: pure functions. */
final class Report {

    private Report() {}

    static String progress(Summary summary, long seeds, Duration took) {
        return String.format(
                Locale.ROOT,
                "%,d of %,d seeds, %,d faults, %,d h of virtual time, %.1f s",
                summary.played(),
                seeds,
                faults(summary),
                summary.tally().virtual().toHours(),
                seconds(took));
    }

    /** @param took on the clock of the system */
    static List<String> lines(Summary summary, Duration took) {
        var lines = new ArrayList<String>();
        lines.add(line("seeds", summary.played()));
        lines.add(String.format(Locale.ROOT, "  %-28s%,14.1f", "real time, s", seconds(took)));
        if (summary.played() > 0) {
            lines.add(String.format(
                    Locale.ROOT, "  %-28s%,14.1f", "real time a seed, ms", 1000 * seconds(took) / summary.played()));
        }
        lines.add(line("virtual time, h", summary.tally().virtual().toHours()));
        lines.add(line("steps", summary.tally().steps()));
        lines.add(line("calls of the model", summary.tally().modelCalls()));
        lines.add("responses that ended");
        summary.tally().endings().forEach((ending, count) -> lines.add(line("  " + ending, count)));
        lines.add(line("  only on request, see below", summary.tally().endedOnRequest()));
        lines.add("faults");
        for (var fault : Fault.values()) {
            lines.add(line("  " + name(fault), summary.tally().faults().getOrDefault(fault, 0)));
        }
        if (summary.tally().endedOnRequest() > 0) {
            lines.add(
                    "on request: the queue had taken no task of these responses, because their function died or the queue"
                            + " or the log failed first.");
            lines.add(
                    "  The protocol leaves such a response open until a client asks for it; one did after the faults, and"
                            + " then each one ended.");
        }
        lines.add(summary.failed()
                .map(failed -> "BROKEN: seed " + failed.seed() + ": "
                        + failed.problems().getFirst())
                .orElse("every promise was kept"));
        return List.copyOf(lines);
    }

    private static long faults(Summary summary) {
        return summary.tally().faults().values().stream()
                .mapToLong(Integer::longValue)
                .sum();
    }

    private static String name(Fault fault) {
        return fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String line(String name, long number) {
        return String.format(Locale.ROOT, "  %-28s%,14d", name, number);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
