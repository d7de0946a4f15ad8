package dev.rill.load.report;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where the progress of a run is told: on a terminal in place of the last line, in a log line by line. One thread. */
public final class Display {

    /** A longer line would wrap, and could not be replaced. */
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

    /** How often it wants to be told. */
    public Duration interval() {
        return switch (kind) {
            case TERMINAL -> Duration.ofMillis(200);
            case LOG -> Duration.ofSeconds(2);
        };
    }

    /**
     * Tells how a run stands.
     *
     * @param inPlace for a terminal
     * @param line the same for a log
     */
    public void show(String inPlace, String line) {
        switch (kind) {
            case TERMINAL -> out.print("\r\033[K" + inPlace.substring(0, Math.min(inPlace.length(), TERMINAL_WIDTH)));
            case LOG -> out.println(line);
        }
        out.flush();
    }

    /** Makes room for what follows. */
    public void clear() {
        switch (kind) {
            case TERMINAL -> {
                out.print("\r\033[K");
                out.flush();
            }
            case LOG -> {}
        }
    }

    /** Some JDKs give a console where there is no terminal, others none. */
    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }
}
