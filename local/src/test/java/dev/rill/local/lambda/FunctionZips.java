package dev.rill.local.lambda;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Creates deployment packages of the sample functions from the tests' class path. */
final class FunctionZips {

    private FunctionZips() {}

    /**
     * A zip with these classes (without nested ones unless named), at most one wrapper, and the jars that hold the
     * given classes.
     */
    static Path zip(Path file, List<String> classes, List<Class<?>> libraries, Map<String, String> scripts)
            throws IOException, URISyntaxException {
        try (var zip = FileSystems.newFileSystem(file, Map.of("create", "true", "enablePosixFileAttributes", "true"))) {
            for (var name : classes) {
                var entry = zip.getPath("/" + name.replace('.', '/') + ".class");
                Files.createDirectories(entry.getParent());
                try (var in = FunctionZips.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
                    if (in == null) {
                        throw new IOException("no such class: " + name);
                    }
                    Files.copy(in, entry);
                }
            }
            Files.createDirectories(zip.getPath("/lib"));
            for (var library : libraries) {
                var jar = Path.of(library.getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
                Files.copy(jar, zip.getPath("/lib/" + jar.getFileName()));
            }
            for (var script : scripts.entrySet()) {
                var entry = Files.writeString(zip.getPath("/" + script.getKey()), script.getValue());
                Files.setPosixFilePermissions(entry, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        return file;
    }

    static Path buffered(Path folder, Class<?> handler, Class<?>... libraries) throws IOException, URISyntaxException {
        return zip(
                folder.resolve(handler.getSimpleName() + ".zip"),
                List.of(handler.getName()),
                List.of(libraries),
                Map.of());
    }

    static Path streaming(Path folder) throws IOException, URISyntaxException {
        var name = "dev.rill.local.lambda.sample.StreamingSample";
        return zip(
                folder.resolve("streaming.zip"),
                List.of(name, name + "$Reply"),
                List.of(),
                Map.of("bootstrap-streaming", """
            #!/bin/sh
            exec "${JAVA_HOME:-/var/lang}/bin/java" -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$LAMBDA_TASK_ROOT" \\
              dev.rill.local.lambda.sample.StreamingSample "$@"
            """));
    }

    /** The jars of the runtime client, as the build has listed them. */
    static List<Path> runtimeClientJars() throws IOException {
        var classPath =
                Files.readString(Path.of("embedded/lambda/target/classpath")).strip();
        return Arrays.stream(classPath.split(File.pathSeparator)).map(Path::of).toList();
    }
}
