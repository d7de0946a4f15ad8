package dev.rill.local;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the local stack; {@code ./rill} starts it. */
@Command(name = "rill", description = "Rill on this machine.", mixinStandardHelpOptions = true, version = "rill 0.1.0", subcommands = UpCommand.class)
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    // Libraries talk into the log of the stack's work folder, or not at all: the terminal is the user's.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler((e, _) -> {
          e.getCommandLine().getErr().println("rill: " + e.getMessage() + " (./rill up --help tells the options)");
          return 2;
        });
  }
}
