package dev.rill.local.lambda;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a {@link LambdaService} needs to know besides its functions.
 *
 * @param workFolder where packages are unpacked; kept from run to run, and owned by one service at a time
 * @param javaHome the JDK 25 that runs the functions
 * @param runtimeClientJars the jar of {@code aws-lambda-java-runtime-interface-client} and what it depends on
 * @param region for {@code AWS_REGION} and in ARNs
 * @param accountId twelve digits, for ARNs
 * @param initTimeout how long a process may take until it first asks for an invocation; AWS allows 10 s
 * @param queueTimeout how long an invocation waits for a free environment when a function has as many as it may; zero
 *     refuses it at once
 * @param maximumEnvironments of a function that does not say; each is a JVM of some 100 MB
 * @param clock for deadlines
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
     * The usual settings: this process's own JDK, {@code us-east-1}, 30 s for an init, 29 s in the queue (API Gateway's
     * integration timeout), 4 environments of a function.
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
