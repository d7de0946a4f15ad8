package dev.rill.local.lambda;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An unpacked deployment package, which is {@code /var/task} on Lambda. Its folder is {@code {work
 * folder}/{module}/{hash of the zip}}, so that an unchanged zip is unpacked once for many runs, and a process's class
 * path contains its module's name.
 */
public final class TaskRoot {

    /** The path on AWS, with which the configured path of a wrapper starts. */
    static final String ON_LAMBDA = "/var/task";

    private TaskRoot() {}

    /**
     * Unpacks a zip unless that was done before, and deletes the folders of older zips of this module. Files keep their
     * executable bit.
     *
     * @throws IOException if the zip is missing, or an entry's path is outside of the folder
     */
    public static Path unpack(Path zip, Path workFolder, String module) throws IOException {
        if (!Files.isRegularFile(zip)) {
            throw new NoSuchFileException(
                    zip.toString(), null, "the deployment package of " + module + " is not built");
        }
        var home = workFolder.resolve(module);
        var root = home.resolve(hash(zip));
        if (Files.isDirectory(root)) {
            return root;
        }
        if (Files.isDirectory(home)) {
            deleteTree(home);
        }
        Files.createDirectories(home);
        var draft = Files.createTempDirectory(home, "unpacking-");
        extract(zip, draft);
        // The folder gets its final name once it is complete, so that an aborted start leaves no incomplete folder.
        return Files.move(draft, root, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void extract(Path zip, Path target) throws IOException {
        try (var files = FileSystems.newFileSystem(zip, Map.of("enablePosixFileAttributes", "true"))) {
            var top = files.getPath("/");
            try (var entries = Files.walk(top)) {
                for (var entry : (Iterable<Path>) entries::iterator) {
                    var file = target.resolve(top.relativize(entry).toString()).normalize();
                    if (!file.startsWith(target)) {
                        throw new IOException(zip + ": the entry " + entry + " is outside of its folder");
                    }
                    if (Files.isDirectory(entry)) {
                        Files.createDirectories(file);
                    } else {
                        Files.copy(entry, file);
                        Files.setPosixFilePermissions(file, permissions(entry));
                    }
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Set<PosixFilePermission> permissions(Path entry) throws IOException {
        Set<PosixFilePermission> permissions =
                EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (Files.getAttribute(entry, "zip:permissions") instanceof Set<?> inZip
                && inZip.contains(PosixFilePermission.OWNER_EXECUTE)) {
            permissions.add(PosixFilePermission.OWNER_EXECUTE);
        }
        return permissions;
    }

    private static String hash(Path zip) throws IOException {
        try (var in = Files.newInputStream(zip)) {
            var digesting = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
            digesting.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException error) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
