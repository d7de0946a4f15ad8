package dev.rill.local;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the local stack; {@code ./rill} starts it. */
@Command(name = "rill", description = "Rill on this machine.", mixinStandardHelpOptions = true, version = "rill 0.1.0")
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        // Libraries log nothing: the terminal shows the functions' logs.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        System.exit(commandLine(new UpCommand(System.getenv())).execute(args));
    }

    static CommandLine commandLine(UpCommand up) {
        return new CommandLine(new Main()).addSubcommand(up).setParameterExceptionHandler((e, _) -> {
            e.getCommandLine().getErr().println("rill: " + e.getMessage() + " (./rill up --help shows the options)");
            return CommandLine.ExitCode.USAGE;
        });
    }
}
