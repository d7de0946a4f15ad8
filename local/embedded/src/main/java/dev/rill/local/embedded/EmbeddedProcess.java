package dev.rill.local.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * DynamoDB Local or ElasticMQ as a Java process with its own class path. Its output is written to a file. The process
 * ends when this object is closed, and also when the process that started it ends in any way.
 */
public final class EmbeddedProcess implements Closeable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

    private static final int SIGNAL_STATUS = 128;

    private final Process process;
    private final int port;
    private final CompletableFuture<String> unexpectedEnd = new CompletableFuture<>();
    private volatile boolean closing;

    private EmbeddedProcess(String name, Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        var _ = process.onExit().thenAccept(ended -> {
            if (!closing) {
                unexpectedEnd.complete(name + " " + description(ended.exitValue()) + " (its log: " + log + ")");
            }
        });
    }

    private static String description(int status) {
        return status > SIGNAL_STATUS
                ? "was ended by signal " + (status - SIGNAL_STATUS)
                : "has exited with status " + status;
    }

    /**
     * Starts DynamoDB Local, in memory, on the loopback interface.
     *
     * @param port the port to listen on; 0 takes a free one
     */
    public static EmbeddedProcess dynamoDb(Launch launch, int port)
            throws EmbeddedProcessException, InterruptedException {
        return start(
                "DynamoDB Local",
                "dynamodb",
                launch,
                DynamoDbProcess.class,
                List.of("--enable-native-access=ALL-UNNAMED"),
                List.of(String.valueOf(port)));
    }

    /**
     * Starts ElasticMQ, in memory, on the loopback interface, without any queue.
     *
     * @param port the port to listen on; 0 takes a free one
     * @param region the region in the ARNs of queues
     * @param account the account in the ARNs and URLs of queues
     */
    public static EmbeddedProcess elasticMq(Launch launch, int port, String region, String account)
            throws EmbeddedProcessException, InterruptedException {
        return start(
                "ElasticMQ",
                "elasticmq",
                launch,
                ElasticMqProcess.class,
                List.of("--sun-misc-unsafe-memory-access=allow", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                List.of(String.valueOf(port), region, account));
    }

    /**
     * Where an embedded process is loaded from and where it writes.
     *
     * @param java the {@code java} executable that runs the process
     * @param classPaths the folder that holds {@code <part>/target/classpath} for each part, as the build wrote it
     * @param work the folder for its log {@code <part>.log} and for the files that it leaves in its working directory
     */
    public record Launch(Path java, Path classPaths, Path work) {
        public Launch {
            // Absolute, because the process has its own working directory.
            work = work.toAbsolutePath();
        }

        /** Launches with the Java that runs this program. */
        public static Launch withThisJava(Path classPaths, Path work) {
            return new Launch(Path.of(System.getProperty("java.home"), "bin", "java"), classPaths, work);
        }
    }

    /** The base URL of the service. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The process id. */
    public long pid() {
        return process.pid();
    }

    /**
     * Completes with a line that says how the process ended, if it ends before {@link #close} is called; otherwise
     * never.
     */
    public CompletableFuture<String> unexpectedEnd() {
        return unexpectedEnd.copy();
    }

    /** Ends the process, by force after 3 s. */
    @Override
    public void close() {
        closing = true;
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static EmbeddedProcess start(
            String name, String part, Launch launch, Class<?> main, List<String> jvmOptions, List<String> arguments)
            throws EmbeddedProcessException, InterruptedException {
        var log = launch.work().resolve(part + ".log");
        Process process;
        var outcome = new CompletableFuture<Outcome>();
        try {
            var folder = Files.createDirectories(launch.work().resolve(part));
            var output = Files.newBufferedWriter(log);
            process = new ProcessBuilder(command(part, launch, main, jvmOptions, arguments))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            // Not a virtual thread: reading a pipe blocks the carrier thread, and two such reads would block both
            // carriers of a machine with two cores.
            Thread.ofPlatform()
                    .daemon()
                    .name(part + "-output")
                    .start(() -> copyOutput(process.inputReader(UTF_8), output, outcome));
        } catch (IOException e) {
            throw new EmbeddedProcessException(name + " cannot be started: " + e.getMessage(), e);
        }
        try {
            return switch (outcome.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                case Ready(int port) -> new EmbeddedProcess(name, process, port, log);
                case Exit(String reason) -> {
                    process.destroyForcibly();
                    throw new EmbeddedProcessException(name + " did not start: " + reason + " (its log: " + log + ")");
                }
            };
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new EmbeddedProcessException(
                    name + " does not answer after " + START_LIMIT.toSeconds() + " s (its log: " + log + ")");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the outcome never completes exceptionally", e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** The result of a start. */
    private sealed interface Outcome {}

    private record Ready(int port) implements Outcome {}

    private record Exit(String reason) implements Outcome {}

    private static List<String> command(
            String part, Launch launch, Class<?> main, List<String> jvmOptions, List<String> arguments)
            throws IOException, EmbeddedProcessException {
        var classPath = launch.classPaths().resolve(part, "target", "classpath");
        if (!Files.isReadable(classPath)) {
            throw new EmbeddedProcessException(
                    classPath + " is missing: build with `mvn -DskipTests package -pl local -am`");
        }
        var command = new ArrayList<String>();
        command.add(launch.java().toString());
        // The services must start fast and have one user: the C1 compiler and the serial collector are enough.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m"));
        // A process that survives an OutOfMemoryError may fail some requests only. Its end is noticed at once.
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(ownClasses(main)
                + File.pathSeparator
                + Files.readString(classPath).strip());
        command.add(main.getName());
        command.addAll(arguments);
        return command;
    }

    private static Path ownClasses(Class<?> main) {
        return Path.of(URI.create(
                main.getProtectionDomain().getCodeSource().getLocation().toString()));
    }

    private static void copyOutput(BufferedReader from, BufferedWriter to, CompletableFuture<Outcome> outcome) {
        var last = "it printed nothing";
        try (from;
                to) {
            for (var line = from.readLine(); line != null; line = from.readLine()) {
                to.write(line);
                to.newLine();
                to.flush();
                if (line.startsWith(ParentProtocol.LISTENING)) {
                    outcome.complete(new Ready(Integer.parseInt(line.substring(ParentProtocol.LISTENING.length()))));
                } else if (line.startsWith(ParentProtocol.FAILED)) {
                    outcome.complete(new Exit(line.substring(ParentProtocol.FAILED.length())));
                } else if (!line.isBlank()) {
                    last = line.strip();
                }
            }
        } catch (IOException e) {
            last = "its output can't be written: " + e.getMessage();
        }
        // Has no effect if the process has reported its start. Otherwise the last line is the best explanation of its
        // end.
        outcome.complete(new Exit(last));
    }
}
