package dev.rill.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** One run of Jazzer, in a process of its own: it ends its process, and its coverage counts for one target. */
final class FuzzRun {

    /** Bytes; larger inputs are slow, and reach little code that smaller ones don't reach. */
    private static final int MAX_BYTES = 4096;

    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second");
    private static final Pattern COVERAGE = Pattern.compile(" cov: (\\d+) ");

    /** The result of a run. */
    record Outcome(long inputs, long seconds, String coverage, int exit, String output) {}

    private FuzzRun() {}

    /**
     * Fuzzes a target.
     *
     * @param folder takes the corpus, and the inputs that break the target; created if it is absent
     * @throws IllegalStateException if the process does not end within three minutes after its time, which a busy
     *     machine needs to start it
     */
    static Outcome run(String target, Path folder, Duration time) throws IOException, InterruptedException {
        var corpus = Files.createDirectories(folder.resolve("corpus"));
        var log = folder.resolve("jazzer.log");
        var process = new ProcessBuilder(command(target, folder, corpus, time))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(time.plusMinutes(3).toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the fuzzer of " + target + " does not end: see " + log);
            }
        } finally {
            process.destroyForcibly();
        }
        return outcome(Files.readString(log), process.exitValue());
    }

    private static List<String> command(String target, Path folder, Path corpus, Duration time) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+EnableDynamicAgentLoading",
                "-Drill.fuzz.target=" + target,
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + FuzzDriver.class.getName(),
                "--instrumentation_includes=dev.rill.**:com.fasterxml.jackson.core.json.*",
                // No injection detectors: no parser here executes what it reads.
                "--custom_hook_excludes=**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + File.separator,
                "-dict=" + Inputs.dictionary(),
                "-max_total_time=" + time.toSeconds(),
                // A hang; FuzzDriver reports inputs that are merely slow.
                "-timeout=20",
                "-rss_limit_mb=0",
                "-max_len=" + MAX_BYTES,
                "-seed=1",
                "-reload=0",
                "-verbosity=1",
                corpus.toString(),
                seeds(target, folder).toString()));
        return command;
    }

    private static Path seeds(String target, Path folder) throws IOException {
        var seeds = Files.createDirectories(folder.resolve("seeds"));
        for (var name : target.equals(FuzzDriver.ALL) ? Targets.names() : List.of(target)) {
            for (var input : Inputs.of(name)) {
                var bytes = target.equals(FuzzDriver.ALL) ? FuzzDriver.forAll(name, input.bytes()) : input.bytes();
                if (bytes.length <= MAX_BYTES) {
                    Files.write(seeds.resolve(name + "-" + input.file().getFileName()), bytes);
                }
            }
        }
        return seeds;
    }

    private static Outcome outcome(String log, int exit) {
        var done = DONE.matcher(log);
        var covered = COVERAGE.matcher(log);
        var coverage = "?";
        while (covered.find()) {
            coverage = covered.group(1);
        }
        var found = done.find();
        var lines = log.lines()
                .filter(line -> !line.startsWith("INFO") && !line.startsWith("#"))
                .toList();
        return new Outcome(
                found ? Long.parseLong(done.group(1)) : 0,
                found ? Long.parseLong(done.group(2)) : 0,
                coverage,
                exit,
                String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size())));
    }
}
