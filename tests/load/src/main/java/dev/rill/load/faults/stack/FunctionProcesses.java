package dev.rill.load.faults.stack;

import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** The processes of one stack's functions, which the suite kills and freezes. */
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

    /** The processes of a function that run now, idle or not. */
    public List<ProcessHandle> running(Function function) {
        return stack.descendants()
                .filter(child -> isOf(function, child.info().commandLine().orElse("")))
                .toList();
    }

    /** {@code kill -9}. */
    public static void kill(ProcessHandle process) {
        process.destroyForcibly();
    }

    /** {@code SIGSTOP}: the process neither runs nor ends. */
    public static void freeze(ProcessHandle process) throws LoadException, InterruptedException {
        signal("-STOP", process);
    }

    /** {@code SIGCONT}: the process continues. */
    public static void resume(ProcessHandle process) throws LoadException, InterruptedException {
        signal("-CONT", process);
    }

    /** Functions on AWS's runtime client have a flag; the one with its own runtime has its folder on the class path. */
    private static boolean isOf(Function function, String commandLine) {
        return commandLine.contains("-Drill.function=" + function.module())
                || commandLine.contains("/functions/" + function.module() + "/");
    }

    /** Does nothing if the process has ended. */
    private static void signal(String signal, ProcessHandle process) throws LoadException, InterruptedException {
        try {
            new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new LoadException("the kill command, which freezes processes, can't be started", e);
        }
    }
}
