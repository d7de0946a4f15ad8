package dev.rill.tests.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.tests.Repository;
import dev.rill.tests.Tool;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each client of {@code examples/} asks through a proxy that cuts its first connection in the midst of the answer, and
 * must print the whole answer all the same. A client whose tool is not on the PATH is reported as skipped.
 */
public interface ExampleScenarios {

    /** Where WebSocket clients connect. */
    URI webSocketAddress();

    /** Where HTTP clients ask, without a path. */
    URI httpAddress();

    @Test
    default void javaClientResumesOnASocket(@TempDir Path folder) throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        asksAndResumes(folder, webSocketAddress(), "", java, "Ask.java");
    }

    @Test
    default void javaScriptClientResumesOverHttp(@TempDir Path folder) throws Exception {
        asksAndResumes(folder, httpAddress(), "/v1", Tool.require("node"), "ask.mjs");
    }

    @Test
    default void pythonClientResumesOverHttp(@TempDir Path folder) throws Exception {
        asksAndResumes(folder, httpAddress(), "/v1", Tool.require("python3"), "ask.py");
    }

    private static void asksAndResumes(Path folder, URI target, String path, String tool, String example)
            throws IOException, InterruptedException {
        var numbers = IntStream.rangeClosed(1, 60).mapToObj(String::valueOf).collect(Collectors.joining(" "));
        // Events before the first delta have about 2,500 bytes, the whole answer 8,000.
        try (var proxy = CuttingProxy.start(target, 3_500)) {
            var answer = run(
                    folder,
                    tool,
                    Repository.root().resolve("examples").resolve(example).toString(),
                    proxy.address() + path,
                    "/count 60");

            assertThat(answer).isEqualTo(numbers + "\n[response.completed]\n");
            assertThat(proxy.connections()).isGreaterThan(1);
        }
    }

    /** What a command prints. */
    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        var output = folder.resolve("output").toFile();
        var errors = folder.resolve("errors");
        var process = new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(errors.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("%s ends", List.of(command))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        return Files.readString(output.toPath()).replace(System.lineSeparator(), "\n");
    }
}
