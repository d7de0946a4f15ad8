package dev.rill.load.faults;

import dev.rill.load.LoadException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** The processes of {@code worker-fn} of one stack, which can be killed and frozen for real. */
final class Workers {

  private static final String FLAG = "-Drill.function=worker-fn";

  private final ProcessHandle stack;

  /** @param stack the first process of {@code ./rill up} */
  Workers(ProcessHandle stack) {
    this.stack = stack;
  }

  /** Those that run now, idle or not. */
  List<ProcessHandle> running() {
    return stack.descendants().filter(child -> child.info().commandLine().orElse("").contains(FLAG)).toList();
  }

  /** {@code kill -9}. */
  static void kill(ProcessHandle worker) {
    worker.destroyForcibly();
  }

  /** {@code SIGSTOP}: it neither runs nor ends. */
  static void freeze(ProcessHandle worker) throws LoadException, InterruptedException {
    signal("-STOP", worker);
  }

  /** {@code SIGCONT}: it goes on as if no time had passed. */
  static void thaw(ProcessHandle worker) throws LoadException, InterruptedException {
    signal("-CONT", worker);
  }

  /** One that has ended meanwhile gets none. */
  private static void signal(String signal, ProcessHandle worker) throws LoadException, InterruptedException {
    try {
      new ProcessBuilder("kill", signal, Long.toString(worker.pid())).redirectError(Redirect.DISCARD).start().waitFor();
    } catch (IOException e) {
      throw new LoadException("there is no kill to freeze a process with", e);
    }
  }
}
