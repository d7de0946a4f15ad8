package dev.rill.tests.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.tests.Repository;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * The built page in {@code web/page/dist}: it belongs to its sources, it is small, and it is whole and opens no other
 * host. The browser's tests are in {@code web/}.
 */
class PageTest {

    private static final Path WEB = Repository.root().resolve("web");
    private static final Path DIST = WEB.resolve("page/dist");

    /** What the page is built from, below {@code web/}: all files of these folders, and these files. */
    private static final List<String> SOURCES = List.of(
            "client/package.json",
            "client/src",
            "package-lock.json",
            "page/build.mjs",
            "page/index.html",
            "page/package.json",
            "page/src");

    private static final long PAGE_LIMIT = 150 * 1024;
    private static final long ZIP_LIMIT = 400_000;

    private static final Pattern REFERENCE = Pattern.compile("\\b(?:src|href)\\s*=\\s*[\"']?([^\"'\\s>]+)");
    private static final Pattern CSS_REFERENCE =
            Pattern.compile("url\\(\\s*[\"']?([^\"')\\s]+)|@import\\s*[\"']([^\"']+)");
    private static final Pattern HOST = Pattern.compile("(?:\\w+:)?//[\\w\\[]");
    /** Names of XML's languages, which no browser opens. */
    private static final Pattern NAMESPACE = Pattern.compile("http://www\\.w3\\.org/[\\w/]+");

    private static final Pattern INLINE =
            Pattern.compile("<script(?![^>]*\\bsrc\\s*=)[^>]*>|<style\\b|<[^>]*\\s(?:style|on\\w+)\\s*=");

    @Test
    void pageIsBuiltFromItsSources() throws Exception {
        assertThat(Files.readString(DIST.resolve("SOURCES")).strip())
                .as("the hash of the sources in web/page/dist/SOURCES. The page is older than they are: "
                        + "run npm ci && npm run build in web/")
                .isEqualTo(hash());
    }

    @Test
    void indexNamesFilesOfThePageAlone() throws Exception {
        var referenced = REFERENCE
                .matcher(read(DIST.resolve("index.html")))
                .results()
                .map(reference -> reference.group(1))
                .toList();

        assertThat(referenced).anyMatch(file -> file.endsWith(".js")).allSatisfy(PageTest::requireFile);
    }

    @Test
    void styleSheetsNameFilesOfThePageAlone() throws Exception {
        for (var sheet :
                files(DIST).filter(file -> file.toString().endsWith(".css")).toList()) {
            CSS_REFERENCE.matcher(read(sheet)).results().forEach(reference -> {
                var target = reference.group(1) == null ? reference.group(2) : reference.group(1);
                if (!target.startsWith("data:") && !target.startsWith("#")) {
                    requireFile(target.startsWith("/") ? target : "/assets/" + target);
                }
            });
        }
    }

    /**
     * In scripts an address may stand in a message or a link, but none is loaded: the policy of the page forbids it.
     */
    @Test
    void indexAndStyleSheetsNameNoOtherHost() throws Exception {
        for (var file : files(DIST)
                .filter(file -> file.toString().matches(".*\\.(html|css)"))
                .toList()) {
            var text = NAMESPACE.matcher(read(file)).replaceAll("");
            assertThat(HOST.matcher(text).results().map(host -> host.group()))
                    .as(file.toString())
                    .isEmpty();
        }
    }

    @Test
    void indexHasNoInlineScriptOrStyle() throws Exception {
        assertThat(INLINE.matcher(read(DIST.resolve("index.html"))).results().map(inline -> inline.group()))
                .isEmpty();
    }

    @Test
    void pageIsSmall() throws Exception {
        var sizes = new TreeMap<String, Integer>();
        for (var file : files(DIST).toList()) {
            sizes.put(DIST.relativize(file).toString(), gzipped(Files.readAllBytes(file)));
        }

        assertThat(sizes.values().stream().mapToLong(Integer::longValue).sum())
                .as("bytes, gzipped, of %s", sizes)
                .isLessThanOrEqualTo(PAGE_LIMIT);
    }

    @Test
    void zipHoldsThePageAndGrowsLittle() throws Exception {
        var expected = new TreeSet<String>(Set.of("index"));
        files(DIST)
                .map(file -> DIST.relativize(file).toString().replace('\\', '/'))
                .forEach(expected::add);
        expected.remove("SOURCES");

        var packed = packed();

        assertThat(packed.keySet()).isEqualTo(expected);
        assertThat(packed.values().stream().mapToLong(Long::longValue).sum())
                .as("compressed bytes of %s", packed)
                .isLessThan(ZIP_LIMIT);
    }

    /** The compressed sizes of the page's files in the zip of {@code stream-fn}, by their names. */
    private static Map<String, Long> packed() throws IOException {
        var packed = new TreeMap<String, Long>();
        try (var zip =
                new ZipFile(Repository.built("stream-fn/target/stream-fn.zip").toFile())) {
            var jar = zip.stream()
                    .filter(entry -> entry.getName().matches("lib/stream-fn-[^/]*\\.jar"))
                    .findFirst()
                    .orElseThrow();
            var bytes = zip.getInputStream(jar).readAllBytes();
            try (var entries = new ZipInputStream(new ByteArrayInputStream(bytes))) {
                for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                    if (entry.getName().startsWith("page/") && !entry.isDirectory()) {
                        entries.readAllBytes();
                        packed.put(entry.getName().substring("page/".length()), entry.getCompressedSize());
                    }
                }
            }
        }
        return packed;
    }

    /** The path and the content of each source, in the order of the paths, with a zero byte after each of both. */
    private static String hash() throws Exception {
        var sources = new TreeMap<String, Path>();
        for (var source : SOURCES) {
            files(WEB.resolve(source))
                    .forEach(file -> sources.put(WEB.relativize(file).toString().replace('\\', '/'), file));
        }
        var digest = MessageDigest.getInstance("SHA-256");
        for (var source : sources.entrySet()) {
            digest.update(source.getKey().getBytes(UTF_8));
            digest.update((byte) 0);
            digest.update(Files.readAllBytes(source.getValue()));
            digest.update((byte) 0);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static Stream<Path> files(Path fileOrFolder) throws IOException {
        if (Files.notExists(fileOrFolder)) {
            return Stream.of();
        }
        var files = new ArrayList<Path>();
        try (var paths = Files.walk(fileOrFolder)) {
            paths.filter(Files::isRegularFile).sorted().forEach(files::add);
        }
        return files.stream();
    }

    private static void requireFile(String path) {
        assertThat(path).startsWith("/").doesNotStartWith("//");
        assertThat(DIST.resolve(path.substring(1))).isRegularFile();
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    private static int gzipped(byte[] content) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.size();
    }
}
