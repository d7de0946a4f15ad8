package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests whose end two servers could find at different places. Each is refused before a function is invoked, and its
 * connection is closed: the bytes that follow may belong to that request's body (request smuggling).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length">RFC 9112, 6.3</a>
 */
class MessageFramingTest {

    private static final String CHUNKED_BODY = "5\r\nhello\r\n0\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, gzip",
                "Transfer-Encoding: gzip",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: identity, chunked",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: ",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 15",
                "Content-Length: 15\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding : chunked",
                " Transfer-Encoding: chunked",
                "X: y\r\n Transfer-Encoding: chunked",
                "Content-Length: 15\r\nContent-Length: 15",
                "Content-Length: 15\r\nContent-Length: 14",
                "Content-Length: 15, 15",
                "Content-Length: +15",
                "Content-Length: -1",
                "Content-Length: 0x0f",
                "Content-Length: 15 0",
                "Content-Length: ",
                "Content-Length: 99999999999999999999",
                "Content-Length : 15"
            })
    void anAmbiguousLengthEndsTheConnection(String fields) throws Exception {
        assertRefused("POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n" + CHUNKED_BODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5\r\nhelloX\n0\r\n\r\n",
                "x\r\nhello\r\n0\r\n\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
                "5 \r\nhello\r\n0\r\n\r\n"
            })
    void malformedChunksEndTheConnection(String body) throws Exception {
        assertRefused("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\n"
            })
    void anAmbiguousHeadEndsTheConnection(String head) throws Exception {
        assertRefused(head + CHUNKED_BODY);
    }

    private static void assertRefused(String request) throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            gateway.functions.streams(
                    "Stream",
                    event -> new ResponseBody(
                            "text/plain",
                            new ByteArrayInputStream("from the function".getBytes(StandardCharsets.UTF_8))));
            socket.send(request + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
            var answer = socket.readToEnd();
            assertThat(answer)
                    .matches("(?s)HTTP/1\\.1 (400|501) .*")
                    .containsIgnoringCase("\r\nConnection: close\r\n")
                    .containsIgnoringCase("\r\nContent-Type: application/json\r\n")
                    .containsPattern("\r\n\r\n\\{\"message\":\"[A-Za-z ]+\"}$")
                    .doesNotContain("from the function")
                    .containsOnlyOnce("HTTP/1.1 ");
        }
    }
}
