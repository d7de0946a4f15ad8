package dev.rill.local.lambda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipFile;

/**
 * AWS's Java runtime client: its jars, and its native library, unpacked from them. By default each process unpacks the
 * library to the same file in {@code /tmp}, where two processes that start at once could damage it.
 */
record RuntimeClient(List<Path> jars, Path nativeLibrary) {

    private static final String ARTIFACT = "aws-lambda-java-runtime-interface-client";

    /**
     * @throws IOException if the client is not among the jars, or has no native library for this machine; it has
     *     libraries for Linux on x86-64 and arm64
     */
    static RuntimeClient prepare(List<Path> jars, Path workFolder) throws IOException {
        return prepare(jars, workFolder, System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static RuntimeClient prepare(List<Path> jars, Path workFolder, String system, String architecture)
            throws IOException {
        var client = jars.stream()
                .filter(jar -> fileName(jar).startsWith(ARTIFACT))
                .findFirst()
                .orElseThrow(() -> new IOException(ARTIFACT + " is not among the jars of the runtime client: " + jars));
        if (!system.equals("Linux")) {
            throw new IOException("AWS's Java runtime client runs on Linux only, and this is " + system
                    + ": start the local stack in a Linux container or virtual machine");
        }
        String libc = Files.exists(Path.of("/etc/alpine-release")) ? "linux_musl" : "linux";
        var library = "libaws-lambda-jni." + libc + "-"
                + switch (architecture.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64" -> "aarch_64";
                    default ->
                        throw new IOException("AWS's Java runtime client has no native library for " + architecture);
                }
                + ".so";
        var folder = Files.createDirectories(workFolder.resolve(fileName(client).replace(".jar", "")));
        var target = folder.resolve(library);
        if (!Files.exists(target)) {
            extract(client, "jni/" + library, target);
        }
        return new RuntimeClient(
                jars.stream().map(jar -> jar.toAbsolutePath().normalize()).toList(), target);
    }

    private static void extract(Path jar, String name, Path target) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            var entry = zip.getEntry(name);
            if (entry == null) {
                throw new IOException(jar + " lacks " + name);
            }
            var draft = Files.createTempFile(target.getParent(), "library-", ".so");
            try (var in = zip.getInputStream(entry)) {
                Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static String fileName(Path path) {
        return String.valueOf(path.getFileName());
    }
}
