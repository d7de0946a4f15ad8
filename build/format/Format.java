import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Lays out every Java file of the repository with palantir-java-format, or checks that each is laid out.
 *
 * <p>The formatter parses with the compiler of the JDK that runs it, so it is started on the JDK 25 of the toolchain
 * and not inside Maven, which may run on an older one.
 *
 * <p>Usage: {@code Format check|write ROOT}. Exit code 1 if a file is not laid out, or has a line of more than 120
 * characters.
 */
final class Format {

    private static final int MAX_LINE = 120;
    private static final Set<String> SKIPPED_DIRECTORIES = Set.of("target", "node_modules", ".git", ".rill");

    private static final JavaFormatterOptions OPTIONS = JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .formatJavadoc(true)
            .build();

    private Format() {}

    public static void main(String[] args) throws IOException {
        var root = Path.of(args[1]);
        var problems = args[0].equals("write") ? write(root) : check(root);
        problems.forEach(System.err::println);
        if (!problems.isEmpty()) {
            System.err.println("Lay the code out with: mvn process-sources -pl build/format -Dformat=write");
            System.exit(1);
        }
    }

    private static List<String> write(Path root) throws IOException {
        for (var file : files(root)) {
            var source = Files.readString(file);
            var formatted = format(file, source);
            if (!formatted.equals(source)) {
                Files.writeString(file, formatted);
            }
        }
        return List.of();
    }

    private static List<String> check(Path root) throws IOException {
        return files(root).parallelStream().flatMap(Format::problems).toList();
    }

    private static Stream<String> problems(Path file) {
        try {
            var source = Files.readString(file);
            return format(file, source).equals(source) ? longLines(file, source) : Stream.of(file + " is not laid out");
        } catch (IOException e) {
            return Stream.of(file + ": " + e.getMessage());
        }
    }

    private static Stream<String> longLines(Path file, String source) {
        var lines = source.lines().toList();
        return Stream.iterate(1, number -> number <= lines.size(), number -> number + 1)
                .filter(number -> isLongComment(lines.get(number - 1)))
                .map(number -> file + ":" + number + " is longer than " + MAX_LINE + " characters");
    }

    /** Code is laid out by the formatter, which can't break a literal; an address can't be broken either. */
    private static boolean isLongComment(String line) {
        var start = line.stripLeading();
        return line.length() > MAX_LINE
                && (start.startsWith("*") || start.startsWith("/"))
                && !line.contains("https://");
    }

    private static String format(Path file, String source) throws IOException {
        try {
            var ordered =
                    ImportOrderer.reorderImports(RemoveUnusedImports.removeUnusedImports(source), OPTIONS.style());
            return Formatter.createFormatter(OPTIONS).formatSource(ordered);
        } catch (FormatterException e) {
            throw new IOException(file + " can't be laid out: " + e.getMessage(), e);
        }
    }

    private static List<Path> files(Path root) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED_DIRECTORIES.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }
}
