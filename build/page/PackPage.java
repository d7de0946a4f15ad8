import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Packs the built web page into the classes of {@code stream-fn}, as its class {@code PageFiles} reads it: the folder
 * {@code page} with each file, compressed by gzip where that is smaller, and a file {@code index} with a line for each,
 * {@code gzip|plain HASH /PATH}. The same files give the same bytes: a gzip header of the JDK has no name and no time.
 *
 * <p>Usage: {@code PackPage DIST CLASSES}. Exit code 1 if there is no page.
 */
final class PackPage {

    /** Hexadecimal digits of a SHA-256 that are kept. */
    private static final int HASH_LENGTH = 32;

    /** The file of the built page that names its sources. It is not served. */
    private static final String SOURCES = "SOURCES";

    private PackPage() {}

    public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
        var dist = Path.of(args[0]);
        if (!Files.exists(dist.resolve("index.html"))) {
            System.err.println(dist + " has no index.html: run npm ci && npm run build in web/");
            System.exit(1);
        }
        var packed = Path.of(args[1]).resolve("page");
        delete(packed);
        var lines = new ArrayList<String>();
        for (var file : files(dist)) {
            var path = dist.relativize(file).toString().replace('\\', '/');
            if (!path.equals(SOURCES)) {
                lines.add(pack(Files.readAllBytes(file), path, packed));
            }
        }
        Files.write(packed.resolve("index"), lines);
    }

    private static String pack(byte[] content, String path, Path packed) throws IOException, NoSuchAlgorithmException {
        var zipped = gzip(content);
        // A picture gets no smaller, and would have to be unpacked again.
        boolean smaller = zipped.length < content.length * 9L / 10;
        var target = packed.resolve(path);
        Files.createDirectories(target.getParent());
        Files.write(target, smaller ? zipped : content);
        return (smaller ? "gzip " : "plain ") + hash(content) + " /" + path;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var zipped = new ByteArrayOutputStream();
        try (var out = new BestGzip(zipped)) {
            out.write(content);
        }
        return zipped.toByteArray();
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    private static String hash(byte[] content) throws NoSuchAlgorithmException {
        var hash = MessageDigest.getInstance("SHA-256").digest(content);
        return HexFormat.of().formatHex(hash).substring(0, HASH_LENGTH);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var paths = Files.walk(folder)) {
                for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
