package dev.rill.fuzz;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * The class that Jazzer calls, in a process of its own. The system property {@code rill.fuzz.target} names the target;
 * {@link #ALL} is all of them in one process, where the first byte of an input picks one.
 */
public final class FuzzDriver {

    static final String ALL = "all";

    /** Limit of processor time for one input; processor time, since a busy machine is no fault of the parser. */
    static final Duration LIMIT = Duration.ofSeconds(1);

    private static final String TARGET = System.getProperty("rill.fuzz.target", ALL);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private FuzzDriver() {}

    /** Loads the targets' classes, so that their loading does not count for the first inputs. */
    public static void fuzzerInitialize() throws Throwable {
        for (var name : TARGET.equals(ALL) ? Targets.names() : List.of(TARGET)) {
            for (var seed : Inputs.seeds(name)) {
                Targets.named(name).test(seed.bytes());
            }
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws Throwable {
        if (!TARGET.equals(ALL)) {
            test(Targets.named(TARGET), input);
        } else if (input.length > 0) {
            var names = Targets.names();
            test(
                    Targets.named(names.get((input[0] & 0xff) % names.size())),
                    Arrays.copyOfRange(input, 1, input.length));
        }
    }

    /** The input that makes {@link #ALL} give the rest to this target. */
    static byte[] forAll(String target, byte[] input) {
        var whole = new byte[input.length + 1];
        whole[0] = (byte) Targets.names().indexOf(target);
        System.arraycopy(input, 0, whole, 1, input.length);
        return whole;
    }

    /** Tests one input, and that it took no longer than {@link #LIMIT}. */
    static void test(FuzzTarget target, byte[] input) throws Throwable {
        var before = THREADS.getCurrentThreadCpuTime();
        target.test(input);
        var took = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - before);
        Checks.require(took.compareTo(LIMIT) <= 0, "the input took " + took.toMillis() + " ms");
    }
}
