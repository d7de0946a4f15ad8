package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadTest {

    private static String prelude(ResponseHead head) {
        return new String(head.prelude(), StandardCharsets.UTF_8);
    }

    @Test
    void writesStatusHeadersRepeatedHeadersAndCookies() {
        var head = ResponseHead.of(201, "text/event-stream")
                .header("X-Quote", "say \"hi\"\t\\")
                .header("Vary", "a")
                .header("vary", "b")
                .cookie("sid=1; Path=/")
                .cookie("theme=dark");

        assertThat(prelude(head))
                .isEqualTo("{\"statusCode\":201,"
                        + "\"headers\":{\"content-type\":\"text/event-stream\",\"x-quote\":\"say \\\"hi\\\"\\u0009\\\\\"},"
                        + "\"multiValueHeaders\":{\"vary\":[\"a\",\"b\"]},\"cookies\":[\"sid=1; Path=/\",\"theme=dark\"]}"
                        + "\0\0\0\0\0\0\0\0");
    }

    @Test
    void leavesOutEmptyFields() {
        assertThat(prelude(ResponseHead.of(204))).isEqualTo("{\"statusCode\":204}\0\0\0\0\0\0\0\0");
        assertThat(prelude(ResponseHead.of(200).header("a", "1").header("a", "2")))
                .startsWith("{\"statusCode\":200,\"multiValueHeaders\":{\"a\":[\"1\",\"2\"]}}\0");
    }

    @Test
    void addingReturnsACopy() {
        var head = ResponseHead.of(200);
        var unused = head.header("a", "1").cookie("b=2");

        assertThat(head).isEqualTo(ResponseHead.of(200)).isNotEqualTo(unused);
    }

    @Test
    void refusesAHeadAboveLambdasLimit() {
        int frame = "{\"statusCode\":200,\"headers\":{\"a\":\"\"}}".length() + 8;
        var largest = "x".repeat(16 * 1024 - frame);

        assertThat(ResponseHead.of(200).header("a", largest).prelude()).hasSize(16 * 1024);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ResponseHead.of(200).header("a", largest + "x").prelude())
                .withMessage(
                        "status, headers and cookies take 16385 bytes, and Lambda reads 16384: send fewer or shorter headers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: x=y", "a\nb", "a\rb", "a\0b", "a\u007fb", "naïve", "a\u2028b"})
    void valuesThatCouldBreakALineAreRefused(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResponseHead.of(200).header("x-a", value))
                .withMessageStartingWith("the value of x-a ")
                .withMessageEndingWith("encode it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResponseHead.of(200).cookie(value))
                .withMessageStartingWith("the value of set-cookie ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:b", "a\r\nb", "ä", "\"a\"", "Set-Cookie", "Transfer-Encoding", "Connection"})
    void invalidAndReservedNamesAreRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResponseHead.of(200).header(name, "a"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 100, 199, 600})
    void invalidStatusesAreRefused(int status) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResponseHead.of(status))
                .withMessage("a status must be 200 to 599, and is " + status);
    }
}
