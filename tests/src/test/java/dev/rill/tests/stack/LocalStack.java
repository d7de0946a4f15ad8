package dev.rill.tests.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.Repository;
import dev.rill.tests.scenario.HttpAnswer;
import dev.rill.tests.scenario.HttpWorld;
import dev.rill.tests.scenario.Json;
import dev.rill.tests.scenario.Socket;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@code rill up} as a child process with the simulated model. Its output is in {@code output.log} of its work
 * folder. {@link #close} ends it as Ctrl-C does, and kills the processes that do not end.
 */
final class LocalStack implements HttpWorld, AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration END_LIMIT = Duration.ofSeconds(30);
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path work;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Thread reader =
            Thread.ofPlatform().daemon().name("output of rill up").unstarted(this::readOutput);

    private LocalStack(Process process, Path work) {
        this.process = process;
        this.work = work;
    }

    /**
     * Starts a stack; returns when its output says that it is ready.
     *
     * @param work a folder below {@code target} that no other stack uses
     * @param options of {@code rill up}, appended to those that make it ignore the settings of this machine
     */
    static LocalStack start(Path work, String... options) throws IOException, InterruptedException {
        Files.createDirectories(work);
        var home = Repository.root();
        var classPath = Repository.built("local/target/classes")
                + File.pathSeparator
                + Files.readString(Repository.built("local/target/classpath"));
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Djdk.virtualThreadScheduler.parallelism=8",
                "-Xmx512m",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-Drill.home=" + home,
                "-cp",
                classPath,
                "dev.rill.local.Main",
                "up",
                "--port",
                "0",
                "--work",
                work.toString()));
        command.addAll(List.of(options));
        var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("OPENAI_") || name.startsWith("AWS_"));
        var stack = new LocalStack(builder.start(), work);
        stack.reader.start();
        try {
            stack.awaitReady();
        } catch (AssertionError | InterruptedException e) {
            stack.close();
            throw e;
        }
        return stack;
    }

    /** The process of {@code rill up}. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Blocks until the process has ended, and returns its exit status. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_LIMIT)) {
            throw new AssertionError("it has not ended after " + END_LIMIT);
        }
        return process.exitValue();
    }

    /** The running descendants of the process. */
    List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    /**
     * The running processes with this name in {@code stack.json}.
     *
     * @param name a function's module, {@code DynamoDB Local} or {@code ElasticMQ}
     */
    List<ProcessHandle> processesOf(String name) {
        return StreamSupport.stream(stackFile().path("processes").spliterator(), false)
                .filter(entry -> entry.path("name").asText().equals(name))
                .flatMap(entry -> ProcessHandle.of(entry.path("pid").asLong()).stream())
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** The address with this name in the banner and in {@code stack.json}, such as {@code @connections}. */
    URI address(String name) {
        var addresses = stackFile().path("addresses");
        var address = addresses.path(name);
        if (!address.isTextual()) {
            throw new AssertionError("stack.json has no address of " + name + ": " + addresses);
        }
        return URI.create(address.textValue());
    }

    private JsonNode stackFile() {
        try {
            return Json.read(Files.readString(work.resolve("stack.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The output so far; complete once the process has ended. */
    String output() throws IOException, InterruptedException {
        if (!process.isAlive() && !reader.join(END_LIMIT)) {
            throw new AssertionError("its output does not end");
        }
        return Files.readString(work.resolve("output.log"));
    }

    /** The contents of its output and of its logs so far, by file. */
    Map<Path, String> logs() throws IOException {
        Map<Path, String> logs = new ConcurrentHashMap<>();
        try (var files = Files.walk(work)) {
            for (var file :
                    files.filter(path -> path.toString().endsWith(".log")).toList()) {
                logs.put(file, new String(Files.readAllBytes(file), UTF_8));
            }
        }
        return logs;
    }

    @Override
    public Socket connect(List<String> subprotocols) throws Exception {
        return WireSocket.connect(client, address("WebSocket"), subprotocols);
    }

    @Override
    public HttpAnswer request(String method, String path, @Nullable String contentType, String body) throws Exception {
        var request = HttpRequest.newBuilder(address("HTTP").resolve(path))
                .timeout(REQUEST_LIMIT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (contentType != null) {
            request.header("content-type", contentType);
        }
        var answer = client.send(request.build(), BodyHandlers.ofInputStream());
        return new HttpAnswer(answer.statusCode(), answer.headers(), answer.body());
    }

    @Override
    public boolean modelIsWriting(String prompt) throws Exception {
        return isAnswering(prompt, "/stats");
    }

    @Override
    public void awaitModelStopped(String prompt) throws Exception {
        var ended = "/stats?ended=" + URLEncoder.encode(prompt, UTF_8);
        assertThat(isAnswering(prompt, ended)).as("the model answers " + prompt).isFalse();
    }

    private boolean isAnswering(String prompt, String statsPath) throws Exception {
        var stats = HttpRequest.newBuilder(address("model").resolve(statsPath))
                .timeout(REQUEST_LIMIT)
                .build();
        var requests =
                Json.read(client.send(stats, BodyHandlers.ofString()).body()).path("requests");
        return StreamSupport.stream(requests.spliterator(), false)
                .anyMatch(request -> request.path("prompt").asText().equals(prompt)
                        && request.path("ended_at").isNull());
    }

    @Override
    public void close() {
        client.shutdownNow();
        var children = children();
        process.destroy();
        try {
            if (!process.waitFor(END_LIMIT)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    private void readOutput() {
        try (var lines = process.inputReader(UTF_8);
                var log = Files.newBufferedWriter(work.resolve("output.log"))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                log.write(line);
                log.newLine();
                log.flush();
                if (line.startsWith("ready")) {
                    ready.complete(line);
                }
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IOException("it has ended"));
    }

    private void awaitReady() throws InterruptedException {
        try {
            ready.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("rill up did not become ready; its output is in " + work.resolve("output.log"), e);
        }
    }
}
