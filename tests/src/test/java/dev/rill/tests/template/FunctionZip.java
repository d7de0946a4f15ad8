package dev.rill.tests.template;

import dev.rill.tests.Repository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** A function's zip: its files, and the classes in it and in the jars of its {@code lib} folder. */
final class FunctionZip {
    private final Path path;
    private final Map<String, byte[]> classes;
    private final Map<String, Optional<ClassModel>> parsed = new HashMap<>();

    private FunctionZip(Path path, Map<String, byte[]> classes) {
        this.path = path;
        this.classes = classes;
    }

    /** Reads the zip with this {@code CodeUri}. */
    static FunctionZip of(String codeUri) {
        var path = Repository.built(codeUri);
        var classes = new HashMap<String, byte[]>();
        try (var zip = new ZipFile(path.toFile())) {
            for (var entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                try (var in = zip.getInputStream(entry)) {
                    if (entry.getName().startsWith("lib/") && entry.getName().endsWith(".jar")) {
                        readJar(in.readAllBytes(), classes);
                    } else {
                        readClass(entry, in, classes);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " can't be read", e);
        }
        return new FunctionZip(path, classes);
    }

    long size() throws IOException {
        return Files.size(path);
    }

    /** Whether a file of the zip is executable once Lambda has unpacked it. */
    boolean isExecutable(String file) throws IOException {
        var uri = URI.create("jar:" + path.toUri());
        Map<String, ?> attributes = Map.of("enablePosixFileAttributes", true, "defaultPermissions", "rw-r--r--");
        try (var zip = FileSystems.newFileSystem(uri, attributes)) {
            var entry = zip.getPath(file);
            return Files.exists(entry)
                    && Files.getPosixFilePermissions(entry)
                            .containsAll(Set.of(PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OTHERS_EXECUTE));
        }
    }

    /**
     * Finds a class by its internal name, such as {@code dev/rill/chat/Event}, in the zip or else in the JDK. Returns
     * null if neither has it.
     */
    @Nullable
    ClassModel find(String internalName) {
        return parsed.computeIfAbsent(internalName, this::parse).orElse(null);
    }

    /**
     * Finds a class by its name, such as {@code dev.rill.chat.Event}.
     *
     * @throws IllegalStateException if neither the zip nor the JDK has it
     */
    ClassModel require(String name) {
        var model = find(name.replace('.', '/'));
        if (model == null) {
            throw new IllegalStateException(path + " has no class " + name);
        }
        return model;
    }

    private Optional<ClassModel> parse(String internalName) {
        var bytes = classes.get(internalName);
        if (bytes == null) {
            try (var in = ClassLoader.getPlatformClassLoader().getResourceAsStream(internalName + ".class")) {
                bytes = in == null ? null : in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return bytes == null ? Optional.empty() : Optional.of(ClassFile.of().parse(bytes));
    }

    private static void readJar(byte[] jar, Map<String, byte[]> classes) throws IOException {
        try (var in = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                readClass(entry, in, classes);
            }
        }
    }

    private static void readClass(ZipEntry entry, InputStream in, Map<String, byte[]> classes) throws IOException {
        var name = entry.getName();
        if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
            classes.put(name.substring(0, name.length() - ".class".length()), in.readAllBytes());
        }
    }
}
