package dev.rill.stream;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.streaming.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * How the body of a request is compressed. The JDK has no Zstandard.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.content-encoding">RFC 9110, Content-Encoding</a>
 */
enum ContentCoding {
    IDENTITY {
        @Override
        byte[] unpack(Request request) {
            return request.body();
        }
    },

    GZIP {
        @Override
        byte[] unpack(Request request) throws IOException {
            try (var unpacked = new GZIPInputStream(request.openBody())) {
                return bounded(unpacked);
            }
        }
    },

    /** In the format of zlib, which RFC 9110 means, or without its frame, as some clients send it. */
    DEFLATE {
        @Override
        byte[] unpack(Request request) throws IOException {
            var inflater = new Inflater(!startsAsZlib(request.openBody()));
            try (var unpacked = new InflaterInputStream(request.openBody(), inflater)) {
                return bounded(unpacked);
            } finally {
                inflater.end();
            }
        }
    };

    /** In bytes: no more than Lambda lets a client send uncompressed. */
    static final int MAX_UNPACKED = 6 * 1024 * 1024;

    private static final String TAKEN = "gzip, deflate";

    /**
     * Returns the body without its compression.
     *
     * @throws ApiException 415 for any other coding, and for several; 413 for more than {@value #MAX_UNPACKED} bytes,
     *     of which no more are unpacked; 400 if the body is not compressed so
     */
    static byte[] unpackedBody(Request request) throws ApiException {
        var coding = of(request);
        byte[] body;
        try {
            body = coding.unpack(request);
        } catch (IOException _) {
            throw ApiException.of(
                    400, "invalid_encoding", "The body is not what its content-encoding says, or is cut off.", null);
        }
        if (body.length > MAX_UNPACKED) {
            throw ApiException.of(
                    413,
                    "request_too_large",
                    "The unpacked body has more than " + MAX_UNPACKED + " bytes, which are the most that are taken.",
                    null);
        }
        return body;
    }

    abstract byte[] unpack(Request request) throws IOException;

    private static ContentCoding of(Request request) throws ApiException {
        return switch (request.header("content-encoding")
                .orElse("identity")
                .strip()
                .toLowerCase(Locale.ROOT)) {
            case "identity", "" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default ->
                throw ApiException.of(new ApiError(
                        415,
                        "unsupported_content_encoding",
                        "The body has a content-encoding that is not taken. Send it with gzip or deflate, or uncompressed.",
                        null,
                        Map.of("accept-encoding", TAKEN)));
        };
    }

    private static byte[] bounded(InputStream unpacked) throws IOException {
        return unpacked.readNBytes(MAX_UNPACKED + 1);
    }

    /**
     * Whether a body starts with a header of zlib.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc1950#section-2.2">RFC 1950, Data format</a>
     */
    private static boolean startsAsZlib(InputStream body) throws IOException {
        int method = body.read();
        int flags = body.read();
        return (method & 0x0f) == 8 && (method << 8 | flags) % 31 == 0;
    }
}
