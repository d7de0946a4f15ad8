package dev.rill.local;

import dev.rill.local.StackOptions.ModelChoice;
import dev.rill.local.lambda.TaskRoot;
import dev.rill.local.template.StackPlan;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Checks a list of models by the program that the function's own package has for it, so that only the function knows
 * what a list may hold.
 */
final class ModelListCheck {

    /** The main class in the package. It reads the list from standard input. */
    private static final String PROGRAM = "dev.rill.stream.ModelListCheck";

    /** The exit code of a list that is wrong; the program then prints one line. */
    private static final int WRONG = 3;

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private ModelListCheck() {}

    /**
     * @param function whose package has the program, and whose environment has what the list leaves out
     * @param functions the folder of unpacked packages
     * @throws StartException if the list is wrong, or can't be checked; names the file, and for a wrong list the entry
     *     and the field
     */
    static void run(ModelChoice.Listed list, StackPlan.Function function, Path functions)
            throws StartException, InterruptedException {
        int status;
        String line;
        try {
            var process = start(TaskRoot.unpack(function.code(), functions, function.module()), function);
            try {
                try (var in = process.getOutputStream()) {
                    in.write(list.json().getBytes(StandardCharsets.UTF_8));
                }
                if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new StartException(
                            "--models " + list.file() + " is not checked within " + LIMIT.toSeconds() + " s");
                }
                status = process.exitValue();
                line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            } finally {
                // It has ended, unless it is late or this thread was interrupted.
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new StartException("--models " + list.file() + " can't be checked: " + e.getMessage(), e);
        }
        if (status == WRONG) {
            throw new StartException("--models " + list.file() + ": " + line.replaceFirst("^Models: ", ""));
        }
        if (status != 0) {
            throw new StartException("--models " + list.file() + " can't be checked: the program " + PROGRAM + " of "
                    + function.code() + " has exited with status " + status);
        }
    }

    private static Process start(Path taskRoot, StackPlan.Function function) throws IOException {
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        taskRoot + File.pathSeparator + taskRoot.resolve("lib") + File.separator + "*",
                        PROGRAM))
                .directory(taskRoot.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(function.environment());
        return builder.start();
    }
}
