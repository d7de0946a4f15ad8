package dev.rill.tests;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the repository lies, from wherever in it the tests are started. */
public final class Repository {
    private Repository() {}

    /** The folder with {@code template.yaml}. */
    public static Path root() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("template.yaml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no template.yaml here or above: start the tests inside the repository");
    }

    /**
     * A file or folder that the build made.
     *
     * @throws IllegalStateException if it is not there, with what to do about it
     */
    public static Path built(String path) {
        var built = root().resolve(path);
        if (!Files.exists(built)) {
            throw new IllegalStateException(
                    path + " is missing: run `mvn package` first, in the repository's root folder");
        }
        return built;
    }
}
