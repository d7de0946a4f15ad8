package dev.rill.load.sockets;

import java.time.Duration;
import java.util.Locale;

/** The progress of a load run in one line: a pure function of a snapshot. */
final class Progress {

    private static final int BAR = 24;

    private Progress() {}

    /**
     * The state of a run at one moment.
     *
     * @param sockets how many the run opens
     * @param open how many of them have been opened
     * @param events how many arrived on all of them
     */
    record Snapshot(int sockets, int open, Endings endings, long events, Duration elapsed) {}

    /** How many sockets have ended in each way. */
    record Endings(int answered, int failed, int lost) {

        int total() {
            return answered + failed + lost;
        }
    }

    /** A line with a bar, for a terminal that overwrites the last line. */
    static String bar(Snapshot now) {
        var filled = now.sockets() == 0 ? 0 : Math.min(BAR, BAR * now.endings().total() / now.sockets());
        return "[" + "=".repeat(filled) + " ".repeat(BAR - filled) + "] " + line(now);
    }

    /** A line for a log. */
    static String line(Snapshot now) {
        return String.format(
                Locale.ROOT,
                "%d of %d ended: %d answered, %d failed, %d lost; %d open, %,d events, %.1f s",
                now.endings().total(),
                now.sockets(),
                now.endings().answered(),
                now.endings().failed(),
                now.endings().lost(),
                now.open(),
                now.events(),
                now.elapsed().toMillis() / 1000.0);
    }
}
