package dev.rill.load.report;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Shows the progress of a run: a terminal gets it in place of its last line, a log line by line. One thread. */
public final class Display {

    /** Characters; a longer line would wrap, and could not be overwritten. */
    private static final int TERMINAL_WIDTH = 118;

    private final PrintWriter out;
    private final Kind kind;

    private enum Kind {
        TERMINAL,
        LOG
    }

    private Display(PrintWriter out, Kind kind) {
        this.out = out;
        this.kind = kind;
    }

    public static Display on(PrintWriter out) {
        return new Display(out, isTerminal(System.console()) ? Kind.TERMINAL : Kind.LOG);
    }

    /** The time between two calls of {@link #show}: 200 ms for a terminal, 2 s for a log. */
    public Duration interval() {
        return switch (kind) {
            case TERMINAL -> Duration.ofMillis(200);
            case LOG -> Duration.ofSeconds(2);
        };
    }

    /**
     * Shows the progress.
     *
     * @param inPlace the line for a terminal
     * @param line the line for a log
     */
    public void show(String inPlace, String line) {
        switch (kind) {
            case TERMINAL -> out.print("\r\033[K" + inPlace.substring(0, Math.min(inPlace.length(), TERMINAL_WIDTH)));
            case LOG -> out.println(line);
        }
        out.flush();
    }

    /** Clears the line on a terminal. */
    public void clear() {
        switch (kind) {
            case TERMINAL -> {
                out.print("\r\033[K");
                out.flush();
            }
            case LOG -> {}
        }
    }

    /** A JDK may give a console where there is no terminal, or none at all. */
    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }
}
