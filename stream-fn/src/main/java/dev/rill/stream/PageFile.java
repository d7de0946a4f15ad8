package dev.rill.stream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** A file of the web page, kept as it is packed. Immutable. */
final class PageFile {

    /** How the bytes of a file are packed. */
    enum Packing {
        PLAIN,
        GZIP;

        /**
         * Reads a packing from the index of the build.
         *
         * @throws IllegalStateException if it is neither {@code plain} nor {@code gzip}
         */
        static Packing of(String name) {
            return switch (name) {
                case "plain" -> PLAIN;
                case "gzip" -> GZIP;
                default -> throw new IllegalStateException("a file of the page is packed by '" + name + "'");
            };
        }
    }

    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "html", "text/html; charset=utf-8",
            "ico", "image/x-icon",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "png", "image/png",
            "svg", "image/svg+xml; charset=utf-8",
            "txt", "text/plain; charset=utf-8",
            "webmanifest", "application/manifest+json; charset=utf-8",
            "woff2", "font/woff2");

    private final String path;
    private final String mediaType;
    private final String hash;
    private final Packing packing;
    private final byte[] bytes;

    private PageFile(String path, String mediaType, String hash, Packing packing, byte[] bytes) {
        this.path = path;
        this.mediaType = mediaType;
        this.hash = hash;
        this.packing = packing;
        this.bytes = bytes;
    }

    /**
     * @param path from the root of the page, such as {@code /index.html}
     * @param hash of the unpacked content; letters and digits
     * @param bytes as they are packed; not copied
     * @throws IllegalStateException if the type of such a file is not known
     */
    static PageFile of(String path, String hash, Packing packing, byte[] bytes) {
        var mediaType = MEDIA_TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        if (mediaType == null) {
            throw new IllegalStateException("the type of the page's file " + path + " is not known");
        }
        return new PageFile(path, mediaType, hash, packing, bytes);
    }

    String path() {
        return path;
    }

    String mediaType() {
        return mediaType;
    }

    /** Returns how the file is sent to a client: packed only if the client takes gzip. */
    Packing packingFor(boolean gzipTaken) {
        return gzipTaken ? packing : Packing.PLAIN;
    }

    /** A strong validator. The two packings are different bytes, so each has its own. */
    String tag(Packing sent) {
        return switch (sent) {
            case PLAIN -> "\"" + hash + "\"";
            case GZIP -> "\"" + hash + "-gzip\"";
        };
    }

    /** Writes the file. Its unpacked content is never held in memory as a whole. */
    void writeTo(OutputStream out, Packing sent) throws IOException {
        if (sent == packing) {
            out.write(bytes);
            return;
        }
        try (var unpacked = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            unpacked.transferTo(out);
        }
    }
}
