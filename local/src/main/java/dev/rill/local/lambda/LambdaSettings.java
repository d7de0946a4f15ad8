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
 * @param javaHome the JDK 25 that runs the functions
 * @param runtimeClientJars the jar of {@code aws-lambda-java-runtime-interface-client} and its dependencies
 * @param region the value of {@code AWS_REGION}, also used in ARNs
 * @param accountId twelve digits, for ARNs
 * @param initTimeout maximum time from a process's start to its first request for an invocation; 10 s on AWS
 * @param queueTimeout how long an invocation waits for a free environment if the function has its maximum number; zero
 *     refuses it at once
 * @param maximumEnvironments the maximum of a function that has none of its own; each environment is a JVM of about 100
 *     MB
 * @param clock the clock of deadlines
 * @param logs receives every line, on any thread
 * @param processes is told when a function's process starts and ends
 */
public record LambdaSettings(
        Path workFolder,
        Path javaHome,
        List<Path> runtimeClientJars,
        String region,
        String accountId,
        Duration initTimeout,
        Duration queueTimeout,
        int maximumEnvironments,
        InstantSource clock,
        Consumer<LogLine> logs,
        ProcessListener processes) {

    public LambdaSettings {
        workFolder = workFolder.toAbsolutePath().normalize();
        runtimeClientJars = List.copyOf(runtimeClientJars);
    }

    /**
     * The default settings: this process's own JDK, {@code us-east-1}, 30 s for an init, 29 s in the queue (API
     * Gateway's integration timeout), and 4 environments of each function.
     */
    public static LambdaSettings of(Path workFolder, List<Path> runtimeClientJars, Consumer<LogLine> logs) {
        return new LambdaSettings(
                workFolder,
                Path.of(System.getProperty("java.home")),
                runtimeClientJars,
                "us-east-1",
                "123456789012",
                Duration.ofSeconds(30),
                Duration.ofSeconds(29),
                4,
                InstantSource.system(),
                logs,
                ProcessListener.NONE);
    }

    public LambdaSettings withRegion(String newRegion, String newAccountId) {
        return new LambdaSettings(
                workFolder,
                javaHome,
                runtimeClientJars,
                newRegion,
                newAccountId,
                initTimeout,
                queueTimeout,
                maximumEnvironments,
                clock,
                logs,
                processes);
    }

    public LambdaSettings withInitTimeout(Duration newInitTimeout) {
        return new LambdaSettings(
                workFolder,
                javaHome,
                runtimeClientJars,
                region,
                accountId,
                newInitTimeout,
                queueTimeout,
                maximumEnvironments,
                clock,
                logs,
                processes);
    }

    public LambdaSettings withQueueTimeout(Duration newQueueTimeout) {
        return new LambdaSettings(
                workFolder,
                javaHome,
                runtimeClientJars,
                region,
                accountId,
                initTimeout,
                newQueueTimeout,
                maximumEnvironments,
                clock,
                logs,
                processes);
    }

    public LambdaSettings withMaximumEnvironments(int newMaximumEnvironments) {
        return new LambdaSettings(
                workFolder,
                javaHome,
                runtimeClientJars,
                region,
                accountId,
                initTimeout,
                queueTimeout,
                newMaximumEnvironments,
                clock,
                logs,
                processes);
    }

    public LambdaSettings withProcesses(ProcessListener newProcesses) {
        return new LambdaSettings(
                workFolder,
                javaHome,
                runtimeClientJars,
                region,
                accountId,
                initTimeout,
                queueTimeout,
                maximumEnvironments,
                clock,
                logs,
                newProcesses);
    }

    String functionArn(FunctionConfig function) {
        return "arn:aws:lambda:" + region + ":" + accountId + ":function:" + function.name();
    }
}
