package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.streaming.testing.FakeRuntimeApi;
import dev.rill.streaming.testing.FunctionUrlEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the examples of the README. */
@Timeout(60)
class ReadmeTest {

    private static String block(String language) throws IOException {
        var readme = Files.readString(Path.of("README.md"));
        int start = readme.indexOf("```" + language + "\n");
        assertThat(start).as("the README's block of %s", language).isNotNegative();
        start += language.length() + 4;
        return readme.substring(start, readme.indexOf("```", start));
    }

    @Test
    void showsTheExampleThatIsTested() throws IOException {
        var source = Files.readString(Path.of("src/test/java/dev/rill/streaming/ReadmeExample.java"));
        var example = source.substring(source.indexOf("// @start\n") + 10, source.indexOf("// @end"));

        assertThat(block("java")).endsWith(example);
    }

    @Test
    void theExampleStreamsEachWord() throws Exception {
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", FunctionUrlEvent.post("/").body("Ada Grace").bytes());
            api.willInvoke("r2", FunctionUrlEvent.get("/").bytes());
            api.willStop();

            new StreamingRuntime(api.environment(), Clock.systemUTC(), failure -> {})
                    .run(snapshot -> StreamingHandler.http(new ReadmeExample("Hello")));

            assertThat(api.response("r1").await().chunks())
                    .endsWith("Hello Ada\n", "Hello Grace\n")
                    .hasSize(3);
            assertThat(api.response("r2").prelude()).isEqualTo("{\"statusCode\":405,\"headers\":{\"allow\":\"POST\"}}");
        }
    }

    @Test
    void theWrapperStartsTheExampleAsAProcess(@TempDir Path directory) throws Exception {
        var wrapper = directory.resolve("bootstrap-streaming");
        Files.writeString(wrapper, block("sh").replace("com.example.Main", "dev.rill.streaming.ReadmeExample"));
        Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
        var classes = Files.createDirectories(directory.resolve("task"));
        copy(Path.of("target/classes"), classes);
        copy(Path.of("target/test-classes/dev/rill/streaming"), classes.resolve("dev/rill/streaming"));
        var log = directory.resolve("log");
        try (var api = FakeRuntimeApi.start()) {
            api.willInvoke("r1", FunctionUrlEvent.post("/").body("process").bytes());
            api.willStop();
            var builder = new ProcessBuilder(wrapper.toString(), "/var/lang/bin/java", "ignored")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(api.snapStartEnvironment());
            builder.environment()
                    .putAll(Map.of(
                            "JAVA_HOME",
                            System.getProperty("java.home"),
                            "GREETING",
                            "Hello",
                            "LAMBDA_TASK_ROOT",
                            classes.toString(),
                            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                            "512",
                            "JAVA_TOOL_OPTIONS",
                            "-Dfrom.options=1 -XX:+PrintCommandLineFlags"));

            var process = builder.start();
            try {
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isEqualTo(Exit.RUNTIME_API_LOST.code());
            } finally {
                process.destroyForcibly();
            }

            assertThat(api.response("r1").body()).isEqualTo("Hello process\n");
            assertThat(api.trace()).isEqualTo("restore;next;response r1;next");
            assertThat(Files.readString(log))
                    .contains(
                            "fresh out of the snapshot",
                            "-Dfrom.options=1",
                            "MaxHeapSize=456339456",
                            "UseSerialGC",
                            "ERROR - the Runtime API gives no further event");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            var files = paths.filter(Files::isRegularFile).toList();
            for (var file : files) {
                var target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
