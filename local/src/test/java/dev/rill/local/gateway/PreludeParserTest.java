package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.local.gateway.ResponseHead.BadHeadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreludeParserTest {
    private static final String NULS = "\0".repeat(8);
    private static final String PRELUDE =
            "{\"statusCode\":201,\"headers\":{\"Content-Type\":\"text/plain\",\"X-Ü\":\"é\"},"
                    + "\"multiValueHeaders\":{\"X-Two\":[\"a\",\"b\"]},\"cookies\":[\"c=1; Secure\",\"d=2\"]}";
    private static final String HEAD =
            "201;Content-Type=text/plain;X-Ü=é;X-Two=a;X-Two=b;Set-Cookie=c=1; Secure;Set-Cookie=d=2";

    @Test
    void findsThePreludeAtEverySplit() throws Exception {
        var bytes = (PRELUDE + NULS + "payload").getBytes(UTF_8);
        for (int split = 0; split <= bytes.length; split++) {
            var parser = new PreludeParser();
            int taken = parser.feed(bytes, 0, split);
            taken += parser.feed(bytes, taken, bytes.length - taken);
            assertThat(trace(parser)).as("split at %d", split).isEqualTo(HEAD);
            assertThat(new String(bytes, taken, bytes.length - taken, UTF_8)).isEqualTo("payload");
        }
    }

    @Test
    void findsThePreludeByteByByte() throws Exception {
        var bytes = (PRELUDE + NULS).getBytes(UTF_8);
        var parser = new PreludeParser();
        for (int i = 0; i < bytes.length; i++) {
            assertThat(parser.head()).isNull();
            assertThat(parser.feed(bytes, i, 1)).isEqualTo(1);
        }
        assertThat(trace(parser)).isEqualTo(HEAD);
    }

    @Test
    void keepsNulBytesOfThePayload() throws Exception {
        var bytes = ("{}" + NULS + "\0\0").getBytes(UTF_8);
        var parser = new PreludeParser();
        assertThat(parser.feed(bytes, 0, bytes.length)).isEqualTo(10);
        assertThat(trace(parser)).isEqualTo("200");
    }

    @Test
    void theDelimiterMustEndWithinTheFirst16Kb() throws Exception {
        var longest = "{\"headers\":{\"x\":\"" + "y".repeat(16 * 1024 - 8 - 20) + "\"}}";
        var bytes = (longest + NULS).getBytes(UTF_8);
        assertThat(bytes.length).isEqualTo(16 * 1024);
        var parser = new PreludeParser();
        assertThat(parser.feed(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        assertThat(parser.head()).isNotNull();
        var tooLong = (" " + longest + NULS).getBytes(UTF_8);
        assertThatThrownBy(() -> new PreludeParser().feed(tooLong, 0, tooLong.length))
                .isInstanceOf(BadHeadException.class)
                .hasMessage("No 8 NUL bytes within the first 16 KB");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "data: hello",
                "[]",
                "{} {}",
                "{\"statusCode\":\"200\"}",
                "{\"statusCode\":99}",
                "{\"statusCode\":600}",
                "{\"headers\":{\"a\":{}}}",
                "{\0}"
            })
    void otherPreludesAreBadHeads(String prelude) {
        var bytes = (prelude + NULS).getBytes(UTF_8);
        assertThatThrownBy(() -> new PreludeParser().feed(bytes, 0, bytes.length))
                .isInstanceOf(BadHeadException.class);
    }

    private static String trace(PreludeParser parser) {
        var head = parser.head();
        if (head == null) {
            return "incomplete";
        }
        var trace = new StringBuilder().append(head.status());
        head.fields()
                .forEach(field ->
                        trace.append(';').append(field.name()).append('=').append(field.value()));
        return trace.toString();
    }
}
