package dev.rill.streaming;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON document, strictly by <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>: no comments, no
 * trailing commas, nothing after the value. A duplicate name in an object is refused, and so is text that is not UTF-8.
 */
final class JsonReader {

    /** Deeper than any event of Lambda, and far below the depth that would overflow the stack. */
    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /**
     * @throws MalformedEventException if the text is not JSON; the message names the position and never quotes the text
     */
    static Json read(byte[] utf8) {
        var reader = new JsonReader(decode(utf8));
        reader.skipSpace();
        var value = reader.value(0);
        reader.skipSpace();
        if (reader.at < reader.text.length()) {
            throw reader.malformed("something follows the value");
        }
        return value;
    }

    private static String decode(byte[] utf8) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedEventException("the event is not UTF-8");
        }
    }

    private Json value(int depth) {
        if (depth > MAX_DEPTH) {
            throw malformed("nested more than " + MAX_DEPTH + " deep");
        }
        return switch (peek()) {
            case '{' -> members(depth);
            case '[' -> array(depth);
            case '"' -> new Json.Text(string());
            case 't' -> literal("true", Json.Literal.TRUE);
            case 'f' -> literal("false", Json.Literal.FALSE);
            case 'n' -> literal("null", Json.Literal.NULL);
            default -> new Json.Numeral(numeral());
        };
    }

    private Json members(int depth) {
        expect('{');
        Map<String, Json> members = new LinkedHashMap<>();
        skipSpace();
        if (!skip('}')) {
            do {
                skipSpace();
                var name = string();
                skipSpace();
                expect(':');
                skipSpace();
                if (members.putIfAbsent(name, value(depth + 1)) != null) {
                    throw malformed("a name comes twice in an object");
                }
                skipSpace();
            } while (skip(','));
            expect('}');
        }
        return new Json.Members(members);
    }

    private Json array(int depth) {
        expect('[');
        List<Json> elements = new ArrayList<>();
        skipSpace();
        if (!skip(']')) {
            do {
                skipSpace();
                elements.add(value(depth + 1));
                skipSpace();
            } while (skip(','));
            expect(']');
        }
        return new Json.Array(elements);
    }

    private String string() {
        expect('"');
        int start = at;
        while (peek() != '"' && peek() != '\\') {
            requireNoControl();
            at++;
        }
        if (peek() == '"') {
            return text.substring(start, at++);
        }
        var value = new StringBuilder(text.length() - start).append(text, start, at);
        while (peek() != '"') {
            requireNoControl();
            char c = text.charAt(at++);
            value.append(c == '\\' ? escaped() : c);
        }
        at++;
        return value.toString();
    }

    private char escaped() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> fourHexDigits();
            default -> throw malformed("unknown escape");
        };
    }

    private char fourHexDigits() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            char c = peek();
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw malformed("an escape without four hex digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    private String numeral() {
        int start = at;
        skip('-');
        if (!skip('0')) {
            digits();
        }
        if (skip('.')) {
            digits();
        }
        if (skip('e') || skip('E')) {
            if (!skip('+')) {
                skip('-');
            }
            digits();
        }
        return text.substring(start, at);
    }

    private void digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw malformed("no value");
        }
    }

    private Json literal(String word, Json value) {
        if (!text.startsWith(word, at)) {
            throw malformed("no value");
        }
        at += word.length();
        return value;
    }

    private void requireNoControl() {
        if (text.charAt(at) < ' ') {
            throw malformed("a control character in a string");
        }
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean skip(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw malformed("expected " + c);
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw malformed("the text ends too early");
        }
        return text.charAt(at);
    }

    private MalformedEventException malformed(String what) {
        return new MalformedEventException("the event is not JSON: " + what + " (character " + at + ")");
    }
}
