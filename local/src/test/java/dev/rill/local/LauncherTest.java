package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the script {@code rill} in a small repository, with JDKs and a Maven that only print how they were called. */
class LauncherTest {
    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path folder;

    private Path repository;
    private Path jdk25;
    private Path jdk17;

    @BeforeEach
    void layOut() throws IOException {
        repository = Files.createDirectories(folder.resolve("a repository"));
        Files.copy(Path.of("..", "rill"), repository.resolve("rill"));
        jdk25 = jdk("jdk-25", "25.0.3");
        jdk17 = jdk("jdk-17", "17.0.15");
        var jar = folder.resolve("a.jar");
        Files.writeString(jar, "jar");
        for (var source : new String[] {
            "pom.xml",
            ".mvn/maven.config",
            "core/chat/src/main/Chat.java",
            "local/src/main/Main.java",
            "ask-fn/src/main/Ask.java",
            "build/page/PackPage.java",
            "web/page/dist/index.html"
        }) {
            write(source, "source", LONG_AGO);
        }
        write("local/target/classpath", jar.toString(), LONG_AGO.plusSeconds(60));
        write("local/target/.rill-built", "", LONG_AGO.plusSeconds(60));
    }

    @Test
    void takesJavaHomeIfItIsAJdk25() throws Exception {
        var run = run(Map.of("JAVA_HOME", jdk25.toString(), "PATH", path(jdk17)), "up", "--port", "0");

        assertThat(run.output()).startsWith("jdk-25 ").contains("dev.rill.local.Main up --port 0");
    }

    @Test
    void takesTheJavaOfThePathIfJavaHomeIsAnotherVersion() throws Exception {
        var run = run(Map.of("JAVA_HOME", jdk17.toString(), "PATH", path(jdk25)), "up");

        assertThat(run.output()).startsWith("jdk-25 ");
    }

    @Test
    void followsLinksToTheJavaOfThePath() throws Exception {
        var links = Files.createDirectories(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve("java"), jdk25.resolve("bin/java"));

        var run = run(Map.of("PATH", links + ":/usr/bin:/bin"), "up");

        assertThat(run.output()).startsWith("jdk-25 ");
    }

    @Test
    void worksThroughALinkToItself() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("link"), repository.resolve("rill"));

        var run = run(link, Map.of("PATH", path(jdk25)), "up");

        assertThat(run.output()).contains("-Drill.home=" + repository.toRealPath());
    }

    @Test
    void runsNoMavenIfNoSourceIsNewer() throws Exception {
        var run = run(Map.of("PATH", mavenAnd(path(jdk25))), "up");

        assertThat(run.output()).doesNotContain("building");
        assertThat(folder.resolve("maven-called")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pom.xml",
                "core/chat/src/main/Chat.java",
                "ask-fn/src/main/Ask.java",
                "local/src/main/New.java",
                "build/page/PackPage.java",
                "web/page/dist/index.html",
                "web/page/dist/assets/page-New.js"
            })
    void runsMavenIfASourceIsNewer(String source) throws Exception {
        write(source, "changed", Instant.now().minusSeconds(5));

        var run = run(Map.of("PATH", mavenAnd(path(jdk25))), "up");

        assertThat(run.output())
                .contains("rill: building ")
                .contains("  Rill: chat [1/2]")
                .contains("jdk-25 ");
        assertThat(folder.resolve("maven-called"))
                .content()
                .isEqualTo(jdk25.toRealPath() + " -B -DskipTests -pl local,ask-fn -am package\n");
    }

    @Test
    void ignoresTestsDocumentsAndBuildOutput() throws Exception {
        write("local/src/test/MainTest.java", "changed", Instant.now());
        write("local/src/main/RATIONALE.md", "changed", Instant.now());
        write("core/chat/dependency-reduced-pom.xml", "changed", Instant.now());
        write("core/chat/target/chat.jar", "changed", Instant.now());
        // Its own time, not that of the document in it.
        Files.setLastModifiedTime(repository.resolve("local/src/main"), FileTime.from(LONG_AGO));

        run(Map.of("PATH", mavenAnd(path(jdk25))), "up");

        assertThat(folder.resolve("maven-called")).doesNotExist();
    }

    @Test
    void buildsOnce() throws Exception {
        write("ask-fn/pom.xml", "changed", Instant.now().minusSeconds(5));
        run(Map.of("PATH", mavenAnd(path(jdk25))), "up");
        Files.delete(folder.resolve("maven-called"));

        run(Map.of("PATH", mavenAnd(path(jdk25))), "up");

        assertThat(folder.resolve("maven-called")).doesNotExist();
    }

    @Test
    void runsMavenIfAJarOfTheClassPathIsGone() throws Exception {
        Files.delete(folder.resolve("a.jar"));

        run(Map.of("PATH", mavenAnd(path(jdk25))), "up");

        assertThat(folder.resolve("maven-called")).exists();
    }

    @Test
    void startsTheMainClassOfAnotherModule() throws Exception {
        write("tests/load/target/classpath", folder.resolve("a.jar").toString(), LONG_AGO);
        write("tests/load/target/.rill-built", "", LONG_AGO.plusSeconds(60));

        var run = run(Map.of("PATH", path(jdk25)), "bench", "--json");

        assertThat(run.output()).startsWith("jdk-25 ").endsWith(" dev.rill.load.Main bench --json\n");
    }

    @Test
    void outputOfKeysHasNothingOfTheBuild() throws Exception {
        write("core/operator/src/main/Main.java", "source", Instant.now().minusSeconds(5));
        write("core/operator/target/classpath", folder.resolve("a.jar").toString(), LONG_AGO);
        var quiet = folder.resolve("quiet");
        script(quiet, "exec \"" + repository.resolve("rill") + "\" \"$@\" 2>/dev/null");

        var run = run(quiet, Map.of("PATH", mavenAnd(path(jdk25))), "keys", "list", "--json");

        assertThat(folder.resolve("maven-called"))
                .content()
                .endsWith(" -B -DskipTests -pl core/operator -am package\n");
        assertThat(run.output())
                .startsWith("jdk-25 ")
                .endsWith(" dev.rill.operator.Main keys list --json\n")
                .hasLineCount(1);
    }

    @Test
    void printsTheErrorOfAFailedBuild() throws Exception {
        Files.delete(repository.resolve("local/target/.rill-built"));
        var path = mavenAnd(path(jdk25));
        script(folder.resolve("maven/mvn"), "echo '[INFO] noise'; echo '[ERROR] no such symbol'; exit 1");

        var run = run(Map.of("PATH", path), "up");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.output())
                .contains("[ERROR] no such symbol\nrill: the build failed; its whole log is ")
                .doesNotContain("noise");
    }

    @Test
    void printsOneLineIfMavenIsMissing() throws Exception {
        Files.delete(repository.resolve("local/target/.rill-built"));
        // Only the tools that the script itself calls.
        var tools = Files.createDirectories(folder.resolve("tools"));
        for (var tool : new String[] {"sh", "dirname", "readlink", "grep"}) {
            script(tools.resolve(tool), "exec " + tool(tool) + " \"$@\"");
        }

        var run = run(Map.of("PATH", tools.toString(), "JAVA_HOME", jdk25.toString()), "up");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.output())
                .isEqualTo("rill: Maven is missing, and Rill must be built: install Maven 3.8 or newer"
                        + " (https://maven.apache.org).\n");
    }

    @Test
    void showsItsUsageWithoutAnyJava() throws Exception {
        var run = run(Map.of("PATH", "/usr/bin:/bin"), "--help");

        assertThat(run.status()).isZero();
        assertThat(run.output()).startsWith("Usage: ./rill COMMAND");
    }

    /** Passes the flags of the stack's JVM to a JVM in which a thread runs out of memory and swallows the error. */
    @Test
    void aStackOutOfMemoryEndsWithOneLine() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        script(
                jdk25.resolve("bin/java"),
                "for flag; do case $flag in -XX:*Error*) set -- \"$@\" \"$flag\" ;; esac; shift; done\n"
                        + "exec \"" + java + "\" -Xmx32m -XX:+UseSerialGC \"$@\" -cp \""
                        + Path.of("target/test-classes").toAbsolutePath()
                        + "\" '" + OutOfMemory.class.getName() + "'");

        var run = run(Map.of("PATH", path(jdk25)), "up");

        assertThat(run.output()).isEqualTo("Terminating due to java.lang.OutOfMemoryError: Java heap space\n");
        assertThat(run.status()).isEqualTo(3);
    }

    /** A main class that catches every error of its threads. */
    static final class OutOfMemory {
        private OutOfMemory() {}

        public static void main(String[] args) throws InterruptedException {
            Thread.ofVirtual().start(() -> {
                try {
                    var kept = new ArrayList<byte[]>();
                    while (kept.size() < Integer.MAX_VALUE) {
                        kept.add(new byte[1024 * 1024]);
                    }
                } catch (Throwable swallowed) {
                    System.out.println("swallowed " + swallowed);
                }
            });
            new CountDownLatch(1).await(10, TimeUnit.SECONDS);
        }
    }

    private static Path tool(String name) {
        var inBin = Path.of("/bin", name);
        return Files.exists(inBin) ? inBin : Path.of("/usr/bin", name);
    }

    private record Run(int status, String output) {}

    private Run run(Map<String, String> environment, String... arguments) throws Exception {
        return run(repository.resolve("rill"), environment, arguments);
    }

    private Run run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.add("/bin/sh");
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        var output = folder.resolve("output");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().put("HOME", folder.toString());
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), Files.readString(output));
    }

    private Path jdk(String name, String version) throws IOException {
        var home = folder.resolve(name);
        script(home.resolve("bin/java"), "echo " + name + " \"$@\"");
        script(home.resolve("bin/javac"), "true");
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static String path(Path jdk) {
        return jdk.resolve("bin") + ":/usr/bin:/bin";
    }

    private String mavenAnd(String path) throws IOException {
        script(
                folder.resolve("maven/mvn"),
                "echo \"$JAVA_HOME $*\" >\"" + folder.resolve("maven-called") + "\"\n"
                        + "echo '[INFO] Building Rill: chat 0.1.0                                  [1/2]'");
        return folder.resolve("maven") + ":" + path;
    }

    private static void script(Path file, String commands) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + commands + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private void write(String name, String content, Instant modified) throws IOException {
        var file = repository.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(modified));
        // Writing the file has changed the time of its folders.
        for (var parent = file.getParent(); parent != null && !parent.equals(folder); parent = parent.getParent()) {
            Files.setLastModifiedTime(parent, FileTime.from(modified));
        }
    }
}
