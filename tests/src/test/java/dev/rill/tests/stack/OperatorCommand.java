package dev.rill.tests.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.Repository;
import dev.rill.tests.scenario.Json;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs {@code rill keys} and {@code rill usage} as a child process. */
final class OperatorCommand {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private OperatorCommand() {}

    /**
     * Creates a key in the local stack with this work folder; returns the command's JSON, with the fields {@code id}
     * and {@code key} among others.
     */
    static JsonNode createKey(Path work, String subject, String... options) throws IOException, InterruptedException {
        var arguments = new ArrayList<>(List.of("create", "--name", "test", "--subject", subject, "--json"));
        arguments.addAll(List.of(options));
        return Json.read(run(work, arguments.toArray(String[]::new)));
    }

    /** Runs a command on keys, requires that it succeeds, and returns its output. */
    static String run(Path work, String... arguments) throws IOException, InterruptedException {
        return run("keys", work, arguments);
    }

    /** Runs {@code rill usage}, requires that it succeeds, and returns its output. */
    static String usage(Path work, String... arguments) throws IOException, InterruptedException {
        return run("usage", work, arguments);
    }

    private static String run(String group, Path work, String... arguments) throws IOException, InterruptedException {
        var classPath = Repository.built("core/operator/target/classes")
                + File.pathSeparator
                + Files.readString(Repository.built("core/operator/target/classpath"));
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                classPath,
                "dev.rill.operator.Main",
                group));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--work", work.toString()));
        var output = Files.createTempFile("rill-keys", ".out");
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                assertThat(process.waitFor(LIMIT)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            var printed = Files.readString(output, UTF_8);
            assertThat(process.exitValue()).as(printed).isZero();
            return printed;
        } finally {
            Files.delete(output);
        }
    }
}
