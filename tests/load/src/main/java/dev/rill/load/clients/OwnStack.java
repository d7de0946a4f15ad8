package dev.rill.load.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@code ./rill up} on a free port, for as long as the clients run. */
final class OwnStack implements AutoCloseable {

    /** Includes a first build. */
    private static final Duration START_LIMIT = Duration.ofMinutes(20);

    private static final Duration END_LIMIT = Duration.ofSeconds(30);
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Process process;
    private final Path work;

    private OwnStack(Process process, Path work) {
        this.process = process;
        this.work = work;
    }

    /**
     * The running stack of a port; empty if there is none.
     *
     * @param home the repository
     */
    static Optional<Target> running(Path home, int port) throws LoadException {
        var file = home.resolve(".rill", String.valueOf(port), "stack.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var stack = read(file);
        boolean alive = ProcessHandle.of(stack.path("pid").asLong())
                .map(ProcessHandle::isAlive)
                .orElse(false);
        return alive ? Optional.of(target(stack)) : Optional.empty();
    }

    /**
     * Starts a stack, and returns when it is ready.
     *
     * @throws LoadException if it is not ready in time
     */
    static OwnStack start(Path home) throws LoadException, InterruptedException {
        var work = home.resolve(".rill", "clients");
        var words = List.of(
                home.resolve("rill").toString(),
                "up",
                "--port",
                "0",
                "--work",
                work.toString(),
                "--pace",
                "400",
                "--log",
                "quiet");
        try {
            var process = new ProcessBuilder(words)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .start();
            var stack = new OwnStack(process, work);
            stack.awaitReady();
            return stack;
        } catch (IOException e) {
            throw new LoadException("./rill up can't be started: " + e.getMessage(), e);
        }
    }

    /** Its addresses. */
    Target target() throws LoadException {
        return target(read(work.resolve("stack.json")));
    }

    private void awaitReady() throws LoadException, InterruptedException {
        var ready = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            var last = "";
            try (var lines = process.inputReader(UTF_8)) {
                // Read to its end, since a full pipe would stop the stack.
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    last = line.isBlank() ? last : line;
                    if (line.startsWith("ready")) {
                        ready.complete(line);
                    }
                }
            } catch (IOException e) {
                last = e.toString();
            }
            ready.completeExceptionally(new LoadException("./rill up has ended: " + last));
        });
        try {
            ready.get(START_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            close();
            throw e.getCause() instanceof LoadException ended
                    ? ended
                    : new LoadException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            close();
            throw new LoadException("./rill up was not ready within " + START_LIMIT.toMinutes() + " min", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static JsonNode read(Path file) throws LoadException {
        try {
            return MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new LoadException(file + " can't be read: " + e.getMessage(), e);
        }
    }

    private static Target target(JsonNode stack) throws LoadException {
        return Target.parse(stack.path("addresses").path("WebSocket").asText());
    }
}
