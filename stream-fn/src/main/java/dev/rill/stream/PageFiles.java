package dev.rill.stream;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The files of the web page by their paths, such as {@code /assets/page-3FZQ.js}. All are read once, before the
 * snapshot of SnapStart. A path that is not in the index of the build is no file, so no path leads out of the page.
 * Immutable.
 *
 * @param byPath the files
 */
record PageFiles(Map<String, PageFile> byPath) {

    private static final String FOLDER = "/page";

    PageFiles {
        byPath = Map.copyOf(byPath);
    }

    /**
     * The files that the build has packed beside the classes of the function.
     *
     * @throws IllegalStateException if there are none, or if one has no known type
     */
    static PageFiles packed() {
        return Packed.FILES;
    }

    /** Returns the file with this path; empty if there is none. */
    Optional<PageFile> find(String path) {
        return Optional.ofNullable(byPath.get(path));
    }

    /** Read by the first call, and shared. */
    private static final class Packed {

        private static final PageFiles FILES = read();

        private static PageFiles read() {
            try {
                var index = new String(content("/index"), StandardCharsets.UTF_8);
                return new PageFiles(
                        index.lines().map(Packed::file).collect(Collectors.toMap(PageFile::path, Function.identity())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** A line is {@code gzip|plain HASH /PATH}. */
        private static PageFile file(String line) {
            var parts = line.split(" ", 3);
            try {
                return PageFile.of(parts[2], parts[1], PageFile.Packing.of(parts[0]), content(parts[2]));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static byte[] content(String path) throws IOException {
            try (InputStream content = PageFiles.class.getResourceAsStream(FOLDER + path)) {
                if (content == null) {
                    throw new FileNotFoundException(
                            FOLDER + path + " is not among the classes: run `mvn process-resources`");
                }
                return content.readAllBytes();
            }
        }
    }
}
