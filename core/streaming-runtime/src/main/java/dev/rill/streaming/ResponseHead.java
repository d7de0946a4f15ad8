package dev.rill.streaming;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Status, headers and cookies of an HTTP response. Immutable: methods that add a header or cookie return a copy.
 *
 * @param status 200 to 599
 * @param headers the values by name in lower case, in the order in which they were added
 * @param cookies values of {@code Set-Cookie}
 */
public record ResponseHead(int status, Map<String, List<String>> headers, List<String> cookies) {

    /** Lambda requires the whole prelude, including its delimiter, within the first 16 KB. */
    static final int PRELUDE_LIMIT = 16 * 1024;

    private static final int DELIMITER_LENGTH = 8;

    /**
     * Validates and copies.
     *
     * @throws IllegalArgumentException if the status, a header or a cookie can't be sent; the message names it
     */
    public ResponseHead {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("a status must be 200 to 599, and is " + status);
        }
        Map<String, List<String>> copy = new LinkedHashMap<>();
        for (var header : headers.entrySet()) {
            var name = lowerCaseToken(header.getKey());
            var values = List.copyOf(header.getValue());
            for (var value : values) {
                requireFieldValue(name, value);
            }
            if (values.isEmpty() || copy.put(name, values) != null) {
                throw new IllegalArgumentException("header " + name + " needs one list of at least one value");
            }
        }
        headers = Collections.unmodifiableMap(copy);
        cookies = List.copyOf(cookies);
        for (var cookie : cookies) {
            requireFieldValue("set-cookie", cookie);
        }
    }

    /** Creates a head without headers and cookies. */
    public static ResponseHead of(int status) {
        return new ResponseHead(status, Map.of(), List.of());
    }

    /** Creates a head with a {@code content-type}. */
    public static ResponseHead of(int status, String contentType) {
        return of(status).header("content-type", contentType);
    }

    /** A copy with another header. A header that is present gets an additional value. */
    public ResponseHead header(String name, String value) {
        var key = lowerCaseToken(name);
        Map<String, List<String>> more = new LinkedHashMap<>(headers);
        List<String> values = new ArrayList<>(more.getOrDefault(key, List.of()));
        values.add(value);
        more.put(key, values);
        return new ResponseHead(status, more, cookies);
    }

    /** A copy with another cookie, as a value of {@code Set-Cookie}: {@code name=value; Path=/; HttpOnly}. */
    public ResponseHead cookie(String setCookie) {
        List<String> more = new ArrayList<>(cookies);
        more.add(setCookie);
        return new ResponseHead(status, headers, more);
    }

    /** The first bytes of the response: the prelude and its delimiter of eight NUL bytes. */
    byte[] prelude() {
        var json = new StringBuilder(256);
        json.append("{\"statusCode\":").append(status);
        appendSingleHeaders(json);
        appendRepeatedHeaders(json);
        if (!cookies.isEmpty()) {
            JsonText.appendList(json.append(",\"cookies\":"), cookies);
        }
        json.append('}');
        var text = json.toString().getBytes(StandardCharsets.UTF_8);
        if (text.length + DELIMITER_LENGTH > PRELUDE_LIMIT) {
            throw new IllegalArgumentException("status, headers and cookies take " + (text.length + DELIMITER_LENGTH)
                    + " bytes, and Lambda reads " + PRELUDE_LIMIT + ": send fewer or shorter headers");
        }
        return Arrays.copyOf(text, text.length + DELIMITER_LENGTH);
    }

    private void appendSingleHeaders(StringBuilder json) {
        var separator = ",\"headers\":{";
        for (var header : headers.entrySet()) {
            if (header.getValue().size() == 1) {
                JsonText.append(json.append(separator), header.getKey());
                JsonText.append(json.append(':'), header.getValue().getFirst());
                separator = ",";
            }
        }
        json.append(separator.equals(",") ? "}" : "");
    }

    private void appendRepeatedHeaders(StringBuilder json) {
        var separator = ",\"multiValueHeaders\":{";
        for (var header : headers.entrySet()) {
            if (header.getValue().size() > 1) {
                JsonText.append(json.append(separator), header.getKey());
                JsonText.appendList(json.append(':'), header.getValue());
                separator = ",";
            }
        }
        json.append(separator.equals(",") ? "}" : "");
    }

    private static String lowerCaseToken(String name) {
        var lower = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                throw new IllegalArgumentException("a header's name has only letters, digits and !#$%&'*+-.^_`|~");
            }
            lower.append(letter ? (char) (c | 0x20) : c);
        }
        var token = lower.toString();
        return switch (token) {
            case "" -> throw new IllegalArgumentException("a header needs a name");
            case "set-cookie" -> throw new IllegalArgumentException("set-cookie: use cookie()");
            case "transfer-encoding", "connection" -> throw new IllegalArgumentException(token + ": Lambda sets it");
            default -> token;
        };
    }

    static void requireFieldValue(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c >= 0x7f) {
                throw new IllegalArgumentException("the value of " + name
                        + " has a line break, a control or a character outside of ASCII: encode it");
            }
        }
    }
}
