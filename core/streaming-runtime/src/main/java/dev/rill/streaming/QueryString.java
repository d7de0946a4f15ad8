package dev.rill.streaming;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses a query as browsers write it (<a href="https://url.spec.whatwg.org/#urlencoded-parsing">WHATWG URL</a>): a
 * plus is a space, and a percent sign that starts no escape is kept.
 */
final class QueryString {

    private QueryString() {}

    static List<String> values(String query, String name) {
        List<String> values = new ArrayList<>();
        int start = 0;
        while (start < query.length()) {
            int end = indexOrEnd(query, '&', start, query.length());
            int equals = indexOrEnd(query, '=', start, end);
            if (end > start && decode(query, start, equals).equals(name)) {
                values.add(equals == end ? "" : decode(query, equals + 1, end));
            }
            start = end + 1;
        }
        return List.copyOf(values);
    }

    private static int indexOrEnd(String text, char c, int start, int end) {
        int index = text.indexOf(c, start, end);
        return index < 0 ? end : index;
    }

    private static String decode(String text, int start, int end) {
        var bytes = new ByteArrayOutputStream(end - start);
        var utf8 = text.substring(start, end).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < utf8.length; i++) {
            if (utf8[i] == '%' && i + 2 < utf8.length && hex(utf8[i + 1]) >= 0 && hex(utf8[i + 2]) >= 0) {
                bytes.write(hex(utf8[i + 1]) << 4 | hex(utf8[i + 2]));
                i += 2;
            } else {
                bytes.write(utf8[i] == '+' ? ' ' : utf8[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static int hex(byte digit) {
        return digit > 0 ? Character.digit((char) digit, 16) : -1;
    }
}
