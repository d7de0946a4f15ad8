package dev.rill.operator;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** The command line of {@code ./rill keys} and {@code ./rill usage}. */
@Command(
        name = "rill",
        description = "Manages a deployment of Rill.",
        mixinStandardHelpOptions = true,
        version = "rill 0.1.0")
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        var clock = InstantSource.system();
        System.exit(
                commandLine(new DeployedKeyStores(clock), new DeployedAccountStores(clock), new SecureRandom(), clock)
                        .execute(args));
    }

    /** @param random a cryptographically strong source */
    static CommandLine commandLine(
            KeyStores stores, AccountStores accounts, RandomGenerator random, InstantSource clock) {
        var keys = new CommandLine(new KeysCommand())
                .addSubcommand(new CreateCommand(stores, random, clock))
                .addSubcommand(new ListCommand(stores, clock))
                .addSubcommand(new RevokeCommand(stores));
        return new CommandLine(new Main())
                .addSubcommand(keys)
                .addSubcommand(new UsageCommand(accounts, clock))
                .setParameterExceptionHandler((e, _) -> {
                    var command = e.getCommandLine();
                    command.getErr()
                            .println("rill: " + e.getMessage() + " (./"
                                    + command.getCommandSpec().qualifiedName() + " --help lists the options)");
                    return ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((e, command, _) -> switch (e) {
                    case OperatorException plain -> {
                        command.getErr().println("rill: " + plain.getMessage());
                        yield ExitCode.SOFTWARE;
                    }
                    default -> throw e;
                });
    }
}
