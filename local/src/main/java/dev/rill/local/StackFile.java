package dev.rill.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.local.lambda.ProcessListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code stack.json} in the work folder, by which programs find the stack: its pid, the addresses of its banner under
 * the banner's names, and name and pid of every process that it has started and that still runs.
 *
 * <p>The file exists from just before the stack is ready until it is closed, and is replaced as a whole whenever a
 * process starts or ends. A stack that is killed leaves it behind; its {@code pid} then names no process. Safe for use
 * by many threads.
 */
final class StackFile implements ProcessListener, AutoCloseable {
    static final String NAME = "stack.json";

    private static final ObjectMapper MAPPER = new JsonMapper();

    private final Path file;
    private final Consumer<String> problems;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<Long, String> processes = new TreeMap<>();

    @GuardedBy("lock")
    private @Nullable StackAddresses addresses;

    /**
     * @param work an existing folder; the file of a killed stack in it is deleted
     * @param problems receives a line for each change that could not be written
     */
    StackFile(Path work, Consumer<String> problems) throws IOException {
        this.file = work.resolve(NAME);
        this.problems = problems;
        Files.deleteIfExists(file);
    }

    /** Writes the file for the first time. */
    void publish(StackAddresses ready) throws IOException {
        synchronized (lock) {
            addresses = ready;
            write();
        }
    }

    @Override
    public void started(String name, long pid) {
        synchronized (lock) {
            processes.put(pid, name);
            rewrite();
        }
    }

    @Override
    public void ended(long pid) {
        synchronized (lock) {
            processes.remove(pid);
            rewrite();
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            addresses = null;
            Files.deleteIfExists(file);
        }
    }

    @GuardedBy("lock")
    private void rewrite() {
        try {
            write();
        } catch (IOException e) {
            problems.accept(file + " is out of date: " + e);
        }
    }

    @GuardedBy("lock")
    private void write() throws IOException {
        if (addresses == null) {
            return;
        }
        // Renaming is atomic: a reader never sees an incomplete file.
        var whole = file.resolveSibling(NAME + ".new");
        Files.write(whole, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json(addresses)));
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @GuardedBy("lock")
    private ObjectNode json(StackAddresses ready) {
        var json = MAPPER.createObjectNode().put("pid", ProcessHandle.current().pid());
        var named = json.putObject("addresses");
        ready.byName().forEach(named::put);
        var running = json.putArray("processes");
        processes.forEach((pid, name) -> running.addObject().put("name", name).put("pid", pid));
        return json;
    }
}
