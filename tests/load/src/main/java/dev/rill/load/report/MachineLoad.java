package dev.rill.load.report;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The machine that all this ran on: a figure means little without it. */
public final class MachineLoad {

    private MachineLoad() {}

    /** Its processors and, where the system tells it, the mean number of threads that wanted one in the last minute. */
    public static String line() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        var average = system.getSystemLoadAverage();
        return "  measured on " + system.getAvailableProcessors() + " processors"
                + (average < 0 ? "" : String.format(Locale.ROOT, ", load average of the last minute %.1f", average));
    }
}
