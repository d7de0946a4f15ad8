package dev.rill.load.faults.stack;

import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** The functions' processes of one stack, which can be killed and frozen for real. */
public final class FunctionProcesses {

    private final ProcessHandle stack;

    /**
     * The functions of one stack.
     *
     * @param stack the first process of {@code ./rill up}
     */
    public FunctionProcesses(ProcessHandle stack) {
        this.stack = stack;
    }

    /** Those of a function that run now, idle or not. */
    public List<ProcessHandle> running(Function function) {
        return stack.descendants()
                .filter(child -> isOf(function, child.info().commandLine().orElse("")))
                .toList();
    }

    /** {@code kill -9}. */
    public static void kill(ProcessHandle process) {
        process.destroyForcibly();
    }

    /** {@code SIGSTOP}: it neither runs nor ends. */
    public static void freeze(ProcessHandle process) throws LoadException, InterruptedException {
        signal("-STOP", process);
    }

    /** {@code SIGCONT}: it goes on as if no time had passed. */
    public static void resume(ProcessHandle process) throws LoadException, InterruptedException {
        signal("-CONT", process);
    }

    /** A flag of the functions on AWS's runtime client, a folder on the class path of the one that has its own. */
    private static boolean isOf(Function function, String commandLine) {
        return commandLine.contains("-Drill.function=" + function.module())
                || commandLine.contains("/functions/" + function.module() + "/");
    }

    /** One that has ended meanwhile gets none. */
    private static void signal(String signal, ProcessHandle process) throws LoadException, InterruptedException {
        try {
            new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new LoadException("there is no kill to freeze a process with", e);
        }
    }
}
