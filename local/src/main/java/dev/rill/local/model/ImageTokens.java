package dev.rill.local.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Counts the tokens of an {@code input_image} as OpenAI does for gpt-4o: a base, and a price for each tile of 512 by
 * 512 pixels. Only the head of a data URL is read. An image of unknown size (another URL, a file, a format that Java
 * does not read) counts as 1024 by 1024.
 *
 * @see <a href="https://platform.openai.com/docs/guides/images-vision#calculating-costs">Calculating costs</a>
 */
final class ImageTokens {

    private static final int BASE = 85;
    private static final int PER_TILE = 170;
    private static final int TILE = 512;
    private static final double LONGEST_SIDE = 2048;
    private static final double SHORTEST_SIDE = 768;
    private static final Size UNKNOWN = new Size(1024, 1024);

    /** Base64 characters that are read: enough for the metadata before a JPEG's size. */
    private static final int HEAD = 512 * 1024;

    private ImageTokens() {}

    private record Size(int width, int height) {

        int tiles() {
            var scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
            scale = Math.min(scale, SHORTEST_SIDE / Math.min(width, height));
            return tiles(width * scale) * tiles(height * scale);
        }

        private static int tiles(double pixels) {
            // The difference to a whole number may be a rounding error.
            return (int) Math.max(1, Math.ceil(pixels / TILE - 1e-9));
        }
    }

    static int of(JsonNode image) {
        return image.path("detail").asText().equals("low")
                ? BASE
                : BASE
                        + PER_TILE
                                * size(image.path("image_url").asText())
                                        .orElse(UNKNOWN)
                                        .tiles();
    }

    private static Optional<Size> size(String url) {
        var comma = url.indexOf(";base64,");
        if (!url.startsWith("data:") || comma < 0) {
            return Optional.empty();
        }
        var from = comma + ";base64,".length();
        var length = Math.min(url.length() - from, HEAD) / 4 * 4;
        try {
            return size(Base64.getDecoder().decode(url.substring(from, from + length)));
        } catch (IOException | RuntimeException _) {
            // Java's readers throw various unchecked exceptions at malformed images.
            return Optional.empty();
        }
    }

    private static Optional<Size> size(byte[] head) throws IOException {
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(head))) {
            var readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            var reader = readers.next();
            try {
                reader.setInput(in, true, true);
                return Optional.of(new Size(reader.getWidth(0), reader.getHeight(0)));
            } finally {
                reader.dispose();
            }
        }
    }
}
