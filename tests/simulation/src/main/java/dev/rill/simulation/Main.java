package dev.rill.simulation;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./rill simulate}. */
@Command(
        name = "rill",
        description = "Checks the flow of Rill on virtual time.",
        mixinStandardHelpOptions = true,
        version = "rill 0.1.0",
        subcommands = SimulateCommand.class)
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setParameterExceptionHandler((e, _) -> {
            e.getCommandLine()
                    .getErr()
                    .println("rill: " + e.getMessage() + " (./rill simulate --help tells the options)");
            return 2;
        });
    }
}
