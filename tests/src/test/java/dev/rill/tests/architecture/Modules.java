package dev.rill.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.rill.tests.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The modules, each named by its folder, and their compiled classes without those of the jars that they use. */
final class Modules {
    private static final Pattern MODULE = Pattern.compile("<module>(.+)</module>");

    private Modules() {}

    /** The modules of the root POM that have Java of their own, tests included. */
    static Stream<String> all() throws IOException {
        return having("src/main/java", "src/test/java");
    }

    /** The modules of the root POM that have more than tests. */
    static Stream<String> products() throws IOException {
        return having("src/main/java");
    }

    /**
     * A module's classes without its tests.
     *
     * @throws IllegalStateException if the module has not been built
     */
    static JavaClasses classesOf(String module) {
        return read(module, "target/classes");
    }

    /**
     * A module's classes and those of its tests.
     *
     * @throws IllegalStateException if the module has not been built
     */
    static JavaClasses classesAndTestsOf(String module) {
        return read(module, "target/classes", "target/test-classes");
    }

    /**
     * The files of a module's classes and of its tests' classes, without resolving what they use.
     *
     * @throws IllegalStateException if the module has not been built
     */
    static Stream<Path> classFiles(String module) {
        var files = folders(module, "target/classes", "target/test-classes").stream()
                .flatMap(Modules::filesIn)
                .filter(file -> file.toString().endsWith(".class"))
                .filter(file -> !file.endsWith("module-info.class") && !file.endsWith("package-info.class"))
                .toList();
        if (files.isEmpty()) {
            throw notBuilt(module);
        }
        return files.stream();
    }

    private static Stream<Path> filesIn(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static IllegalStateException notBuilt(String module) {
        return new IllegalStateException(module + " has no classes: run `mvn package` first");
    }

    private static Stream<String> having(String... sources) throws IOException {
        var pom = Files.readString(Repository.root().resolve("pom.xml"));
        return MODULE.matcher(pom)
                .results()
                .map(element -> element.group(1))
                .filter(module -> !folders(module, sources).isEmpty());
    }

    private static JavaClasses read(String module, String... outputs) {
        var classes = new ClassFileImporter().importPaths(folders(module, outputs));
        if (classes.isEmpty()) {
            throw notBuilt(module);
        }
        return classes;
    }

    private static List<Path> folders(String module, String... names) {
        var folder = Repository.root().resolve(module);
        return Stream.of(names).map(folder::resolve).filter(Files::isDirectory).toList();
    }
}
