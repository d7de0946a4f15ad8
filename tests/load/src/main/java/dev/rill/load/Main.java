package dev.rill.load;

import dev.rill.load.bench.BenchCommand;
import dev.rill.load.clients.ClientsCommand;
import dev.rill.load.faults.FaultsCommand;
import dev.rill.load.sockets.LoadCommand;
import dev.rill.load.stack.LoadException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of {@code ./rill bench}, {@code load}, {@code faults} and {@code clients}. */
@Command(
        name = "rill",
        description = "Measures Rill, and checks it under load and faults.",
        mixinStandardHelpOptions = true,
        version = "rill 0.1.0",
        subcommands = {BenchCommand.class, LoadCommand.class, FaultsCommand.class, ClientsCommand.class})
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setParameterExceptionHandler((e, _) -> {
                    var command = e.getCommandLine();
                    command.getErr()
                            .println("rill: " + e.getMessage() + " (./rill " + command.getCommandName()
                                    + " --help lists the options)");
                    return 2;
                })
                .setExecutionExceptionHandler((e, command, _) -> switch (e) {
                    case LoadException plain -> {
                        command.getErr().println("rill: " + plain.getMessage());
                        yield 2;
                    }
                    default -> throw e;
                });
    }
}
