package dev.rill.streaming;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses a query as browsers write it (<a href="https://url.spec.whatwg.org/#urlencoded-parsing">WHATWG URL</a>): a
 * plus is a space, and a percent sign that starts no escape is kept.
 */
final class QueryString {

    private QueryString() {}

    static List<String> values(String query, String name) {
        return parse(query).getOrDefault(name, List.of());
    }

    /** Every parameter with its values, both in the order of the query. */
    static Map<String, List<String>> parse(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        int start = 0;
        while (start < query.length()) {
            int end = indexOrEnd(query, '&', start, query.length());
            int equals = indexOrEnd(query, '=', start, end);
            if (end > start) {
                parameters
                        .computeIfAbsent(decode(query, start, equals), _ -> new ArrayList<>())
                        .add(equals == end ? "" : decode(query, equals + 1, end));
            }
            start = end + 1;
        }
        parameters.replaceAll((_, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(parameters);
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
