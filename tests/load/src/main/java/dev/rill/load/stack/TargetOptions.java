package dev.rill.load.stack;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands share: where Rill is, and where they print. */
public final class TargetOptions {

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:3000",
            description = "Rill's URL, with http, https, ws or wss (default: ${DEFAULT-VALUE}).")
    private String url = "";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /**
     * Rill, which listens, with the key of the environment.
     *
     * @throws LoadException if the URL or the key is none, or Rill accepts no connection within 5 s
     */
    public Target requireTarget() throws LoadException {
        var target = Target.parse(url).with(ApiKey.of(System.getenv()));
        target.requireListening();
        return target;
    }

    /** The command's output. */
    public PrintWriter out() {
        if (command == null) {
            throw new IllegalStateException("picocli sets the command before it calls it");
        }
        return command.commandLine().getOut();
    }
}
