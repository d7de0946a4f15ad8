package dev.rill.tests.browser;

import dev.rill.tests.Tool;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Chromium without a window, with a profile of its own. It resolves no name by DNS: the hosts that it is given are this
 * machine, and no other host exists. Close it; that ends its processes.
 */
public final class Chromium implements AutoCloseable {

    private final Process process;
    private final Path log;

    private Chromium(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Opens a page. Without {@code chromium} on the PATH the calling test is reported as skipped.
     *
     * @param folder an empty folder for the profile and the log
     * @param hosts names that stand for 127.0.0.1
     */
    public static Chromium open(Path folder, URI page, String... hosts) throws IOException {
        var program = Tool.require("chromium");
        var mapped = Stream.of(hosts).map(host -> "MAP " + host + " 127.0.0.1");
        var rules = Stream.concat(mapped, Stream.of("MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"))
                .collect(Collectors.joining(","));
        var log = folder.resolve("chromium.log");
        var builder = new ProcessBuilder(
                        program,
                        "--headless",
                        // The sandbox does not start for root; the only pages are those of the test.
                        "--no-sandbox",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--no-proxy-server",
                        "--host-resolver-rules=" + rules,
                        "--user-data-dir=" + folder.resolve("profile"),
                        page.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("TMPDIR", folder.toString());
        var process = builder.start();
        process.getOutputStream().close();
        return new Chromium(process, log);
    }

    /** Fails when the browser ends, with what it has printed; never completes otherwise. */
    public CompletableFuture<Void> end() {
        return process.onExit().thenAccept(ended -> {
            throw new AssertionError("Chromium has ended with " + ended.exitValue() + ": " + printed());
        });
    }

    private String printed() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        var all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        // They write into the folder until they have ended.
        all.forEach(ended -> ended.onExit().orTimeout(30, TimeUnit.SECONDS).join());
    }
}
