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
 * A program of others, run as a Java process with a class path of its own. What it prints goes to a file. It ends when
 * this object is closed, and also when the process that started it dies.
 */
public final class EmbeddedProcess implements Closeable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

    private static final int SIGNAL_STATUS = 128;

    private final Process process;
    private final int port;
    private final CompletableFuture<String> death = new CompletableFuture<>();
    private volatile boolean closing;

    private EmbeddedProcess(String name, Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        var _ = process.onExit().thenAccept(ended -> {
            if (!closing) {
                death.complete(name + " " + how(ended.exitValue()) + " (its log: " + log + ")");
            }
        });
    }

    private static String how(int status) {
        return status > SIGNAL_STATUS
                ? "was ended by signal " + (status - SIGNAL_STATUS)
                : "has exited with status " + status;
    }

    /**
     * Starts DynamoDB Local, in memory, on the loopback interface.
     *
     * @param port the port to listen on; 0 takes a free one
     */
    public static EmbeddedProcess dynamoDb(Launch launch, int port) throws PartException, InterruptedException {
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
            throws PartException, InterruptedException {
        return start(
                "ElasticMQ",
                "elasticmq",
                launch,
                ElasticMqProcess.class,
                List.of("--sun-misc-unsafe-memory-access=allow", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                List.of(String.valueOf(port), region, account));
    }

    /**
     * Where an embedded process comes from and where it may write.
     *
     * @param java the {@code java} executable that runs it
     * @param classPaths the folder that holds {@code <part>/target/classpath} for each part, as the build wrote it
     * @param work the folder for its log {@code <part>.log} and for the files that it leaves in its working directory
     */
    public record Launch(Path java, Path classPaths, Path work) {
        public Launch {
            // The process has a working directory of its own.
            work = work.toAbsolutePath();
        }

        /** Launches with the Java that runs this program. */
        public static Launch withThisJava(Path classPaths, Path work) {
            return new Launch(Path.of(System.getProperty("java.home"), "bin", "java"), classPaths, work);
        }
    }

    /** The base URL that the part answers at. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The process id. */
    public long pid() {
        return process.pid();
    }

    /** Complete, with a line that says how, once the process has ended before {@link #close}; never after it. */
    public CompletableFuture<String> death() {
        return death.copy();
    }

    /** Ends the process, by force where it does not end within 3 s. */
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
            throws PartException, InterruptedException {
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
            // Not a virtual thread: a read of a pipe keeps its carrier, and two would keep both of a machine with two
            // cores.
            Thread.ofPlatform()
                    .daemon()
                    .name(part + "-output")
                    .start(() -> copyOutput(process.inputReader(UTF_8), output, outcome));
        } catch (IOException e) {
            throw new PartException(name + " cannot be started: " + e.getMessage(), e);
        }
        try {
            return switch (outcome.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                case Ready(int port) -> new EmbeddedProcess(name, process, port, log);
                case Ended(String reason) -> {
                    process.destroyForcibly();
                    throw new PartException(name + " did not start: " + reason + " (its log: " + log + ")");
                }
            };
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new PartException(
                    name + " does not answer after " + START_LIMIT.toSeconds() + " s (its log: " + log + ")");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the outcome is a value", e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** What became of a start. */
    private sealed interface Outcome {}

    private record Ready(int port) implements Outcome {}

    private record Ended(String reason) implements Outcome {}

    private static List<String> command(
            String part, Launch launch, Class<?> main, List<String> jvmOptions, List<String> arguments)
            throws IOException, PartException {
        var classPath = launch.classPaths().resolve(part, "target", "classpath");
        if (!Files.isReadable(classPath)) {
            throw new PartException(classPath + " is missing: build with `mvn -DskipTests package -pl local -am`");
        }
        var command = new ArrayList<String>();
        command.add(launch.java().toString());
        // They start fast and serve one user: the first compiler and the smallest collector are enough.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m"));
        // One that goes on without what failed answers some requests and no others; its end is noticed.
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
                if (line.startsWith(Parent.LISTENING)) {
                    outcome.complete(new Ready(Integer.parseInt(line.substring(Parent.LISTENING.length()))));
                } else if (line.startsWith(Parent.FAILED)) {
                    outcome.complete(new Ended(line.substring(Parent.FAILED.length())));
                } else if (!line.isBlank()) {
                    last = line.strip();
                }
            }
        } catch (IOException e) {
            last = "its output cannot be kept: " + e.getMessage();
        }
        // Too late where the process had said what became of it; else it ended without a word, or the last one says
        // why.
        outcome.complete(new Ended(last));
    }
}
