package dev.rill.operator;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rill keys}: the group of the commands on API keys. */
@Command(
        name = "keys",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Create, list and revoke the API keys of a local stack that runs, or of a deployed one.",
        footer = {
            "",
            "A deployed stack needs credentials from the environment or a profile,",
            "which may cloudformation:DescribeStackResource, and on the table of",
            "credentials dynamodb:PutItem, Scan and UpdateItem. After a single",
            "sign-on: eval \"$(aws configure export-credentials --format env)\""
        })
final class KeysCommand implements Runnable {

    @Spec
    private @Nullable CommandSpec spec;

    /** Without a subcommand. */
    @Override
    public void run() {
        if (spec == null) {
            throw new IllegalStateException("the command is run without its command line");
        }
        throw new ParameterException(spec.commandLine(), "name a command: create, list or revoke");
    }
}
