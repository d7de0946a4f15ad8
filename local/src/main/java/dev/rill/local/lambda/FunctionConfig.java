package dev.rill.local.lambda;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One function of the template.
 *
 * @param name the logical id in the template, by which callers invoke it
 * @param environment the function's own variables, with references resolved; {@code AWS_LAMBDA_EXEC_WRAPPER} among them
 *     sets the wrapper
 */
public record FunctionConfig(
        String name, Code code, Map<String, String> environment, Limits limits, SnapStart snapStart) {

    /** The variable that names an executable of the package that is started instead of the runtime's own command. */
    static final String EXEC_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER";

    /**
     * What is run.
     *
     * @param module the Maven module that built it, such as {@code worker-fn}; shown in the process list and before its
     *     log lines
     * @param zip the deployment package
     * @param handler {@code package.Class::method}
     */
    public record Code(String module, Path zip, String handler) {}

    /**
     * What the function may use.
     *
     * @param memoryMegabytes 128 to 10,240; the heap gets 85 % of it, as on Lambda
     * @param timeout after this time an invocation's process is killed; 1 s to 15 minutes
     * @param maximumConcurrency maximum number of environments on this machine; further invocations wait for a free
     *     one. Empty for the service's own maximum. AWS has no such setting: there a function scales up to the
     *     account's limit of 1,000
     * @param reservedConcurrency {@code ReservedConcurrentExecutions}; further invocations are refused with 429, as on
     *     AWS
     */
    public record Limits(
            int memoryMegabytes,
            Duration timeout,
            Optional<Integer> maximumConcurrency,
            Optional<Integer> reservedConcurrency) {}

    /** Whether the function's published versions are started from a snapshot ({@code SnapStart.ApplyOn}). */
    public enum SnapStart {
        /**
         * {@code PublishedVersions}: hooks run before the checkpoint and after the restore, and the JVM keeps its C2
         * compiler.
         */
        ON,
        /** {@code None}: every environment initialises on demand. */
        OFF
    }

    public FunctionConfig {
        environment = Map.copyOf(environment);
        if (!code.module().matches("[A-Za-z0-9._-]+")) {
            throw new IllegalArgumentException("module '" + code.module() + "' of " + name + " is not a plain name");
        }
        int memory = limits.memoryMegabytes();
        if (memory < 128 || memory > 10_240) {
            throw new IllegalArgumentException(name + ": memory must be 128 to 10240 MB, and is " + memory);
        }
        var timeout = limits.timeout();
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofMinutes(15)) > 0) {
            throw new IllegalArgumentException(
                    name + ": timeout must be 1 to 900 seconds, and is " + timeout.toSeconds());
        }
        limits.maximumConcurrency().ifPresent(value -> requirePositive(name, "maximum concurrency", value));
        limits.reservedConcurrency().ifPresent(value -> requirePositive(name, "reserved concurrency", value));
    }

    String module() {
        return code.module();
    }

    Duration timeout() {
        return limits.timeout();
    }

    /** The path of the wrapper in the function's variables, such as {@code /var/task/bootstrap-streaming}. */
    public Optional<String> execWrapper() {
        return Optional.ofNullable(environment.get(EXEC_WRAPPER)).filter(path -> !path.isBlank());
    }

    /** {@code 1} if SnapStart is on, because only published versions have it; otherwise {@code $LATEST}. */
    String version() {
        return switch (snapStart) {
            case ON -> "1";
            case OFF -> "$LATEST";
        };
    }

    private static void requirePositive(String name, String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + what + " must be at least 1, and is " + value);
        }
    }
}
