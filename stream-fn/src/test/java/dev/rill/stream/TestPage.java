package dev.rill.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** A web page of three files, whose socket is on another origin. */
final class TestPage {

    static final String ASSET = "/assets/page-B2.js";
    static final String ICON = "/icon-192.png";

    static final String INDEX = "<!doctype html><title>Rill</title>";
    static final String SCRIPT = "export const text = '" + "a".repeat(20_000) + "';";

    static final PageFiles FILES = new PageFiles(Map.of(
            "/index.html",
            PageFile.of("/index.html", "11", PageFile.Packing.GZIP, gzip(INDEX)),
            ASSET,
            PageFile.of(ASSET, "22", PageFile.Packing.GZIP, gzip(SCRIPT)),
            ICON,
            PageFile.of(ICON, "33", PageFile.Packing.PLAIN, picture())));

    private TestPage() {}

    static WebPage page() {
        return new WebPage(FILES, Optional.of(URI.create("wss://socket.example/prod")), "default-model");
    }

    /** The content of {@link #ICON}. */
    static byte[] picture() {
        return new byte[] {(byte) 0x89, 'P', 'N', 'G'};
    }

    private static byte[] gzip(String text) {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packed.toByteArray();
    }
}
