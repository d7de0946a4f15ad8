package dev.rill.load.report;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The machine of a measurement, without which its figures mean little. */
public final class MachineLoad {

    private MachineLoad() {}

    /** A line with the number of processors and, where the system has it, the load average of the last minute. */
    public static String line() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        var average = system.getSystemLoadAverage();
        return "  measured on " + system.getAvailableProcessors() + " processors"
                + (average < 0 ? "" : String.format(Locale.ROOT, ", load average of the last minute %.1f", average));
    }
}
