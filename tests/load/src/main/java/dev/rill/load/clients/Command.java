package dev.rill.load.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program to run in a folder.
 *
 * @param environment what is added to this process's own
 */
record Command(Path folder, List<String> words, Map<String, String> environment) {

    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    Command {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    /**
     * How it has ended.
     *
     * @param exitCode negative if it was ended at its deadline
     * @param output the lines of both of its streams
     */
    record Ended(int exitCode, List<String> output) {

        Ended {
            output = List.copyOf(output);
        }

        boolean isLate() {
            return exitCode < 0;
        }
    }

    /**
     * Runs it to its end, or ends it and all that it has started at the deadline.
     *
     * @throws IOException if it can't be started
     */
    Ended run(Duration deadline) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true);
        builder.redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        builder.environment().put("PWD", folder.toString());
        var process = builder.start();
        var output = Collections.synchronizedList(new ArrayList<String>());
        var reader = Thread.ofVirtual().start(() -> {
            try (var lines = process.inputReader(UTF_8)) {
                lines.lines().forEach(output::add);
            } catch (IOException | java.io.UncheckedIOException e) {
                output.add("its output can't be read: " + e.getMessage());
            }
        });
        try {
            boolean ended = process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
            }
            process.destroyForcibly();
            int exitCode = ended ? process.exitValue() : -1;
            // A grandchild may hold the stream open after the process has ended.
            reader.join(END_LIMIT);
            synchronized (output) {
                return new Ended(exitCode, output);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
