package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.streaming.testing.FunctionUrlEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

    private static Json read(String text) {
        return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The value in a canonical form: objects and arrays in brackets, numbers unchanged. */
    private static String spell(Json json) {
        return switch (json) {
            case Json.Text(String value) -> "'" + value + "'";
            case Json.Numeral(String literal) -> literal;
            case Json.Literal literal -> literal.name();
            case Json.Array(var elements) -> {
                var spelled = new StringBuilder("[");
                elements.forEach(element -> spelled.append(spell(element)).append(' '));
                yield spelled.append(']').toString();
            }
            case Json.Members(Map<String, Json> members) -> {
                var spelled = new StringBuilder("{");
                members.forEach((name, value) ->
                        spelled.append(name).append('=').append(spell(value)).append(' '));
                yield spelled.append('}').toString();
            }
        };
    }

    @Test
    void readsEveryKindOfValue() {
        assertThat(spell(read(" {\"a\" : [1,-0.5e+10, 0 ,{}, [ ]],\n\t\"b\":{\"c\":null,\"d\":true},\"\":false}\r\n")))
                .isEqualTo("{a=[1 -0.5e+10 0 {} [] ] b={c=NULL d=TRUE } =FALSE }");
    }

    @Test
    void readsEveryEscape() {
        assertThat(spell(read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00é😀\\u0000\"")))
                .isEqualTo("'\"\\/\b\f\n\r\té😀é😀\0'");
    }

    @Test
    void refusesEveryPrefixOfAnEvent() {
        var event = FunctionUrlEvent.post("/ä")
                .header("X-Emoji", "😀\\\"")
                .cookie("a=b")
                .body("tab\t\n")
                .bytes();
        assertThatCode(() -> JsonReader.read(event)).doesNotThrowAnyException();
        for (int end = 0; end < event.length; end++) {
            var cut = java.util.Arrays.copyOf(event, end);
            assertThatThrownBy(() -> JsonReader.read(cut))
                    .as("the first %d bytes", end)
                    .isInstanceOf(MalformedEventException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}{}",
                "[1,]",
                "{\"a\":1,}",
                "{a:1}",
                "{'a':1}",
                "{\"a\" 1}",
                "{\"a\":1 \"b\":2}",
                "[1 2]",
                "01",
                "+1",
                "-",
                ".5",
                "1.",
                "1e",
                "0x1",
                "NaN",
                "nul",
                "True",
                "\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u12\"",
                "\"a\nb\"",
                "\"\u0001\"",
                "/* */1",
                "1//",
                "\uFEFF1",
                "{\"a\":1,\"a\":2}",
                "{\"a\":null,\"a\":2}",
                "\u00a01"
            })
    void refusesMalformedJson(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(MalformedEventException.class);
    }

    @Test
    void refusesMalformedUtf8() {
        for (var text :
                new byte[][] {{'"', (byte) 0xff, '"'}, {'"', (byte) 0xc3, '"'}, {'"', (byte) 0xc0, (byte) 0x80, '"'}}) {
            assertThatThrownBy(() -> JsonReader.read(text)).hasMessage("the event is not UTF-8");
        }
    }

    @Test
    void limitsTheDepth() {
        assertThatCode(() -> read("[".repeat(60) + "]".repeat(60))).doesNotThrowAnyException();
        assertThatThrownBy(() -> read("[".repeat(100_000)))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining("deep");
    }

    @Test
    void messagesDoNotQuoteTheEvent() {
        assertThatThrownBy(() -> read("{\"password\":\"secret\"x}")).hasMessageNotContainingAny("secret", "password");
    }

    @Test
    void readsItsOwnOutput() {
        var text = "\"\\/\b\f\n\r\t\0\u001f\u007f\u2028é😀</script>";
        var json = new StringBuilder();
        JsonText.append(json, text);

        assertThat(read(json.toString())).isEqualTo(new Json.Text(text));
        assertThat(json.toString()).doesNotContain("\n", "\r", "\0");
    }
}
