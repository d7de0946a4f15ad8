package dev.rill.openai;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads server-sent events. Holds one event in memory, of at most {@value #MAX_EVENT_BYTES} bytes. For use by one
 * thread. The caller closes the input stream.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">HTML,
 *     server-sent events</a>
 */
final class ServerSentEvents {

    /**
     * Above the largest request (6 MB), which some servers repeat in their events. Ten responses in one worker may each
     * hold an event several times: as bytes, as text, as a tree, and as outgoing text.
     */
    static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;

    /** A buffer that a long line has enlarged beyond this is not kept for the next line. */
    private static final int KEPT_LINE_BYTES = 64 * 1024;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    /**
     * One event.
     *
     * @param name the value of {@code event:}; empty if absent
     * @param data the values of {@code data:}, joined by line feeds
     */
    record Message(String name, String data) {}

    private final InputStream bytes;
    private final byte[] buffer = new byte[8192];
    private ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    private int position;
    private int limit;
    private boolean firstLine = true;
    private boolean lineFeedBelongsToLastLine;
    private boolean unknownFields;

    ServerSentEvents(InputStream bytes) {
        this.bytes = bytes;
    }

    /**
     * Waits for the next event that has data. Empty at the end of the stream; an event that is cut off by the end is
     * dropped.
     *
     * @throws EventTooLongException if a line or an event is longer than {@value #MAX_EVENT_BYTES} bytes
     */
    Optional<Message> next() throws IOException {
        var name = "";
        var data = new Data();
        for (var next = readLine(); next.isPresent(); next = readLine()) {
            var text = next.get();
            if (text.isEmpty()) {
                if (!data.isEmpty()) {
                    return Optional.of(new Message(name, data.joined()));
                }
                name = "";
                continue;
            }
            switch (fieldOf(text)) {
                case "data" -> data.add(valueOf(text));
                case "event" -> name = valueOf(text);
                case "", "id", "retry" -> {
                    // A comment, or a field that only matters to a reader that reconnects.
                }
                default -> unknownFields = true;
            }
        }
        return Optional.empty();
    }

    /**
     * Whether lines with unknown field names were read. The standard ignores them; without any event they show that the
     * body is not an event stream.
     */
    boolean sawUnknownFields() {
        return unknownFields;
    }

    /**
     * The overhead that is counted for each line, so that an endless sequence of empty data lines reaches the limit as
     * well.
     */
    private static final int BYTES_PER_LINE = 16;

    /** The {@code data:} lines of one event. Nearly every event has a single line, which is not copied. */
    private static final class Data {
        private final List<String> lines = new ArrayList<>(1);
        private long length;

        void add(String line) throws EventTooLongException {
            length += line.length() + BYTES_PER_LINE;
            if (length > MAX_EVENT_BYTES) {
                throw new EventTooLongException(MAX_EVENT_BYTES);
            }
            lines.add(line);
        }

        boolean isEmpty() {
            return lines.isEmpty();
        }

        String joined() {
            return lines.size() == 1 ? lines.getFirst() : String.join("\n", lines);
        }
    }

    private static String fieldOf(String line) {
        var colon = line.indexOf(':');
        return colon < 0 ? line : line.substring(0, colon);
    }

    private static String valueOf(String line) {
        var colon = line.indexOf(':');
        if (colon < 0) {
            return "";
        }
        return line.substring(line.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
    }

    /** The next line without its line break (LF, CR or CRLF); empty at the end of the stream, even within a line. */
    private Optional<String> readLine() throws IOException {
        if (line.size() > KEPT_LINE_BYTES) {
            line = new ByteArrayOutputStream(1024);
        }
        line.reset();
        while (fill()) {
            if (lineFeedBelongsToLastLine) {
                lineFeedBelongsToLastLine = false;
                if (buffer[position] == '\n') {
                    position++;
                    continue;
                }
            }
            var end = position;
            while (end < limit && buffer[end] != '\n' && buffer[end] != '\r') {
                end++;
            }
            line.write(buffer, position, end - position);
            if (line.size() > MAX_EVENT_BYTES) {
                throw new EventTooLongException(MAX_EVENT_BYTES);
            }
            position = end;
            if (end < limit) {
                // The line is complete at the carriage return: a line feed may follow much later.
                lineFeedBelongsToLastLine = buffer[position++] == '\r';
                return Optional.of(decodeLine());
            }
        }
        return Optional.empty();
    }

    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, bytes.read(buffer));
        }
        return position < limit;
    }

    private String decodeLine() {
        var text = line.toString(StandardCharsets.UTF_8);
        if (firstLine) {
            firstLine = false;
            return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
        }
        return text;
    }
}
