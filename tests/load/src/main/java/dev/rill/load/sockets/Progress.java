package dev.rill.load.sockets;

import java.time.Duration;
import java.util.Locale;

/** How a load run stands, in one line: a pure function of a snapshot. */
final class Progress {

    private static final int BAR = 24;

    private Progress() {}

    /**
     * A moment of a run.
     *
     * @param sockets how many there are to be
     * @param open how many of them are or were open
     * @param events how many came on all of them
     */
    record Snapshot(int sockets, int open, int answered, int failed, int lost, long events, Duration elapsed) {

        int settled() {
            return answered + failed + lost;
        }
    }

    /** For a terminal, which shows it in place of the last one. */
    static String bar(Snapshot now) {
        var filled = now.sockets() == 0 ? 0 : Math.min(BAR, BAR * now.settled() / now.sockets());
        return "[" + "=".repeat(filled) + " ".repeat(BAR - filled) + "] " + line(now);
    }

    /** For a log. */
    static String line(Snapshot now) {
        return String.format(
                Locale.ROOT,
                "%d of %d ended: %d answered, %d failed, %d lost; %d open, %,d events, %.1f s",
                now.settled(),
                now.sockets(),
                now.answered(),
                now.failed(),
                now.lost(),
                now.open(),
                now.events(),
                now.elapsed().toMillis() / 1000.0);
    }
}
