package dev.rill.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The inputs in the resources: {@code inputs/TARGET/seed-*} show a fuzzer what the parser reads, and
 * {@code inputs/TARGET/find-*} once broke it.
 */
final class Inputs {

    private static final Path ROOT = root();

    private Inputs() {}

    /** An input and where it came from. */
    record Input(String target, Path file) {
        byte[] bytes() {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String toString() {
            return target + "/" + file.getFileName();
        }
    }

    static Path dictionary() {
        return ROOT.resolve("json.dict");
    }

    /** All inputs of a target, including those that once broke it. */
    static List<Input> of(String target) {
        try (var files = Files.list(ROOT.resolve(target))) {
            return files.sorted().map(file -> new Input(target, file)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the target " + target + " has no inputs", e);
        }
    }

    static List<Input> seeds(String target) {
        return of(target).stream()
                .filter(input -> input.file.getFileName().toString().startsWith("seed-"))
                .toList();
    }

    private static Path root() {
        try {
            var url = Inputs.class.getResource("/inputs/json.dict");
            if (url == null) {
                throw new IllegalStateException("the inputs are not on the class path");
            }
            return Path.of(url.toURI()).resolveSibling("");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
