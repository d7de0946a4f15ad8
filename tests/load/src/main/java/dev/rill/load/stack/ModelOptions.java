package dev.rill.load.stack;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the simulated model is, for the commands that read its statistics. */
public final class ModelOptions {

    @Option(
            names = "--model",
            paramLabel = "URL",
            description =
                    "The simulated model's URL, as `./rill up` prints it (default: that of the stack on --url's port).")
    private @Nullable URI model;

    /**
     * The model's base URL.
     *
     * @throws LoadException if none was given, and the stack on the target's port has noted none
     */
    public URI url(Target target) throws LoadException {
        return new StackNotes(target).url("simulated-model", "--model", model);
    }
}
