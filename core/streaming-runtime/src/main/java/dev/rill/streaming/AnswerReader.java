package dev.rill.streaming;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1.1 responses from a connection (<a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>): bodies by
 * {@code Content-Length}, in chunks, or up to the end of the connection. Every size that the server can choose has a
 * limit.
 */
final class AnswerReader {

    private static final int MAX_HEAD = 64 * 1024;
    /** Lambda's events are at most 6 MB. */
    private static final int MAX_BODY = 64 * 1024 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[8 * 1024];
    private int position;
    private int limit;
    private int headLeft;

    AnswerReader(InputStream in) {
        this.in = in;
    }

    /** The connection ended before the first byte of a response: the server had closed it. */
    static final class NoAnswerException extends EOFException {
        private static final long serialVersionUID = 1L;

        NoAnswerException() {
            super("the Runtime API closed the connection without an answer");
        }
    }

    /**
     * @throws NoAnswerException if the connection ends before the first byte
     * @throws IOException if it ends later, fails, or the response is not HTTP
     */
    Answer read() throws IOException {
        if (position == limit && !fill()) {
            throw new NoAnswerException();
        }
        while (true) {
            headLeft = MAX_HEAD;
            var statusLine = line();
            int status = status(statusLine);
            var headers = headers();
            if (status >= 200) {
                return answer(statusLine, status, headers);
            }
        }
    }

    private Answer answer(String statusLine, int status, Map<String, String> headers) throws IOException {
        var persistence = statusLine.startsWith("HTTP/1.0") || hasToken(headers.get("Connection"), "close")
                ? Answer.Persistence.CLOSE
                : Answer.Persistence.KEEP_ALIVE;
        if (status == 204 || status == 304) {
            return new Answer(status, headers, new byte[0], persistence);
        }
        var encoding = headers.get("Transfer-Encoding");
        if (encoding != null) {
            if (!encoding.equalsIgnoreCase("chunked")) {
                throw new ProtocolException("the Runtime API answered with a transfer encoding other than chunked");
            }
            return new Answer(status, headers, chunks(), persistence);
        }
        var length = headers.get("Content-Length");
        if (length != null) {
            return new Answer(status, headers, exactly(size(length, 10)), persistence);
        }
        return new Answer(status, headers, rest(), Answer.Persistence.CLOSE);
    }

    private static int status(String line) throws ProtocolException {
        boolean http = line.length() >= 12
                && line.startsWith("HTTP/1.")
                && line.charAt(8) == ' '
                && (line.length() == 12 || line.charAt(12) == ' ');
        int status = http ? digits(line, 9, 12) : -1;
        if (status < 100) {
            throw new ProtocolException("the Runtime API's answer is not HTTP/1.1");
        }
        return status;
    }

    private static int digits(String text, int start, int end) {
        int value = 0;
        for (int i = start; i < end; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (var line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0 || line.charAt(0) <= ' ' || line.charAt(colon - 1) <= ' ') {
                throw new ProtocolException("the Runtime API's answer has a malformed header");
            }
            var name = line.substring(0, colon);
            var value = line.substring(colon + 1).strip();
            var earlier = headers.put(name, value);
            if (earlier != null) {
                if (name.equalsIgnoreCase("Content-Length") && !earlier.equals(value)) {
                    throw new ProtocolException("the Runtime API's answer has two lengths");
                }
                headers.put(name, name.equalsIgnoreCase("Content-Length") ? value : earlier + ", " + value);
            }
        }
        return headers;
    }

    private byte[] chunks() throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            headLeft = MAX_HEAD;
            var line = line();
            int extension = line.indexOf(';');
            int size = size((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
            if (size == 0) {
                headers();
                return body.toByteArray();
            }
            if (size > MAX_BODY - body.size()) {
                throw tooLarge();
            }
            body.write(exactly(size));
            if (!line().isEmpty()) {
                throw new ProtocolException("a chunk of the Runtime API's answer is longer than it says");
            }
        }
    }

    private static int size(String text, int radix) throws ProtocolException {
        long size = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                throw new ProtocolException("the Runtime API's answer has an unreadable length");
            }
            size = size * radix + digit;
            if (size > MAX_BODY) {
                throw tooLarge();
            }
        }
        if (text.isEmpty()) {
            throw new ProtocolException("the Runtime API's answer has an empty length");
        }
        return (int) size;
    }

    private byte[] exactly(int length) throws IOException {
        var bytes = new byte[length];
        int filled = 0;
        while (filled < length) {
            require();
            int count = Math.min(length - filled, limit - position);
            System.arraycopy(buffer, position, bytes, filled, count);
            position += count;
            filled += count;
        }
        return bytes;
    }

    private byte[] rest() throws IOException {
        var body = new ByteArrayOutputStream();
        while (position < limit || fill()) {
            if (limit - position > MAX_BODY - body.size()) {
                throw tooLarge();
            }
            body.write(buffer, position, limit - position);
            position = limit;
        }
        return body.toByteArray();
    }

    /** A line without its line break, which is LF or CR LF. */
    private String line() throws IOException {
        var line = new ByteArrayOutputStream(128);
        while (true) {
            require();
            if (--headLeft < 0) {
                throw new ProtocolException("the Runtime API's answer has more than " + MAX_HEAD + " bytes of headers");
            }
            byte next = buffer[position++];
            if (next == '\n') {
                var text = line.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            line.write(next);
        }
    }

    private void require() throws IOException {
        if (position == limit && !fill()) {
            throw new EOFException("the Runtime API closed the connection within an answer");
        }
    }

    private boolean fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        position = 0;
        limit = Math.max(count, 0);
        return count > 0;
    }

    private static boolean hasToken(@Nullable String list, String token) {
        if (list == null) {
            return false;
        }
        for (int start = 0; start <= list.length(); ) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            if (list.substring(start, end).strip().equalsIgnoreCase(token)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    private static ProtocolException tooLarge() {
        return new ProtocolException("the Runtime API's answer is larger than " + MAX_BODY + " bytes");
    }
}
