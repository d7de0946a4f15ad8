package dev.rill.load.stack;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The addresses that {@code ./rill up} writes into its folder, {@code .rill} and its port. */
public final class StackNotes {

    private final Path folder;

    /** @param target the stack's own URL, which names the port */
    public StackNotes(Target target) {
        this.folder = Path.of(System.getProperty("rill.home", ""))
                .toAbsolutePath()
                .resolve(".rill", String.valueOf(target.port()));
    }

    /**
     * The URL of a part of the stack.
     *
     * @param note the file that has it
     * @param option the command's option for it, for the message
     * @param given the option's value, which is preferred
     * @throws LoadException if there is neither
     */
    public URI url(String note, String option, @Nullable URI given) throws LoadException {
        if (given != null) {
            return given;
        }
        var file = folder.resolve(note);
        try {
            return URI.create(Files.readString(file).strip());
        } catch (IOException e) {
            throw new LoadException(
                    "there is no " + file + ": start ./rill up (for faults: ./rill up --faults), or set " + option
                            + " to the URL that it prints",
                    e);
        }
    }
}
