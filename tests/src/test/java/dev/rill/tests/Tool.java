package dev.rill.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of this machine that some tests need and that are no part of the build. */
public final class Tool {

    private Tool() {}

    /** The path of a program on the PATH. Without it the calling test is reported as skipped. */
    public static String require(String name) {
        var tool = find(name);
        assumeTrue(tool.isPresent(), name + " is not on the PATH");
        return tool.get().toString();
    }

    private static Optional<Path> find(String name) {
        var path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator, -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
