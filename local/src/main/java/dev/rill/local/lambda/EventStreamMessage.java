package dev.rill.local.lambda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * One message of AWS's <a href="https://smithy.io/2.0/aws/amazon-eventstream.html">event stream encoding</a>: a prelude
 * (total length, headers' length, CRC-32 of both), headers, a payload, and the CRC-32 of all before it. All headers
 * here are strings.
 */
final class EventStreamMessage {

    private static final byte STRING = 7;
    private static final int PRELUDE = 12;
    private static final int CHECKSUM = 4;

    private EventStreamMessage() {}

    /** Encodes an event, such as {@code PayloadChunk}. */
    static byte[] event(String type, String contentType, byte[] payload) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(":event-type", type);
        headers.put(":content-type", contentType);
        headers.put(":message-type", "event");
        return encode(headers, payload);
    }

    private static byte[] encode(Map<String, String> headers, byte[] payload) {
        int headersLength = headers.entrySet().stream()
                .mapToInt(header -> 1 + utf8(header.getKey()).length + 1 + 2 + utf8(header.getValue()).length)
                .sum();
        var bytes = new byte[PRELUDE + headersLength + payload.length + CHECKSUM];
        var message = ByteBuffer.wrap(bytes);
        message.putInt(bytes.length).putInt(headersLength);
        message.putInt(checksum(bytes, message.position()));
        headers.forEach((name, value) -> {
            message.put((byte) utf8(name).length).put(utf8(name)).put(STRING);
            message.putShort((short) utf8(value).length).put(utf8(value));
        });
        message.put(payload);
        message.putInt(checksum(bytes, message.position()));
        return bytes;
    }

    private static int checksum(byte[] bytes, int length) {
        var crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
