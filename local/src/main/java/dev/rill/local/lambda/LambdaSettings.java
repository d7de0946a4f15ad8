package dev.rill.local.lambda;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * The settings of a {@link LambdaService}.
 *
 * @param workFolder the folder for unpacked packages; kept between runs, and used by one service at a time
 * @param clock the clock of deadlines
 */
public record LambdaSettings(
        Path workFolder,
        JavaRuntime runtime,
        Account account,
        EnvironmentLimits limits,
        InstantSource clock,
        Listeners listeners) {

    /**
     * What runs the functions.
     *
     * @param javaHome the JDK 25
     * @param clientJars the jar of {@code aws-lambda-java-runtime-interface-client} and its dependencies
     */
    public record JavaRuntime(Path javaHome, List<Path> clientJars) {
        public JavaRuntime {
            clientJars = List.copyOf(clientJars);
        }
    }

    /**
     * The account that the functions see.
     *
     * @param region the value of {@code AWS_REGION}, also used in ARNs
     * @param id twelve digits, for ARNs
     */
    public record Account(String region, String id) {}

    /**
     * The limits of a function's environments.
     *
     * @param initTimeout maximum time from a process's start to its first request for an invocation; 10 s on AWS
     * @param queueTimeout how long an invocation waits for a free environment if the function has its maximum number;
     *     zero refuses it at once
     * @param maximum the number of environments of a function that has no maximum of its own; each is a JVM of about
     *     100 MB
     */
    public record EnvironmentLimits(Duration initTimeout, Duration queueTimeout, int maximum) {}

    /**
     * What is told of the functions.
     *
     * @param logs receives every line, on any thread
     * @param processes is told when a function's process starts and ends
     */
    public record Listeners(Consumer<LogLine> logs, ProcessListener processes) {}

    public LambdaSettings {
        workFolder = workFolder.toAbsolutePath().normalize();
    }

    /**
     * The default settings: this process's own JDK, {@code us-east-1}, 30 s for an init, 29 s in the queue (API
     * Gateway's integration timeout), and 4 environments of each function.
     */
    public static LambdaSettings of(Path workFolder, List<Path> runtimeClientJars, Consumer<LogLine> logs) {
        return new LambdaSettings(
                workFolder,
                new JavaRuntime(Path.of(System.getProperty("java.home")), runtimeClientJars),
                new Account("us-east-1", "123456789012"),
                new EnvironmentLimits(Duration.ofSeconds(30), Duration.ofSeconds(29), 4),
                InstantSource.system(),
                new Listeners(logs, ProcessListener.NONE));
    }

    public LambdaSettings withAccount(Account newAccount) {
        return new LambdaSettings(workFolder, runtime, newAccount, limits, clock, listeners);
    }

    public LambdaSettings withInitTimeout(Duration initTimeout) {
        return with(new EnvironmentLimits(initTimeout, limits.queueTimeout, limits.maximum));
    }

    public LambdaSettings withQueueTimeout(Duration queueTimeout) {
        return with(new EnvironmentLimits(limits.initTimeout, queueTimeout, limits.maximum));
    }

    public LambdaSettings withMaximumEnvironments(int maximum) {
        return with(new EnvironmentLimits(limits.initTimeout, limits.queueTimeout, maximum));
    }

    private LambdaSettings with(EnvironmentLimits newLimits) {
        return new LambdaSettings(workFolder, runtime, account, newLimits, clock, listeners);
    }

    public LambdaSettings withProcesses(ProcessListener processes) {
        return new LambdaSettings(
                workFolder, runtime, account, limits, clock, new Listeners(listeners.logs, processes));
    }

    String functionArn(FunctionConfig function) {
        return "arn:aws:lambda:" + account.region + ":" + account.id + ":function:" + function.name();
    }
}
