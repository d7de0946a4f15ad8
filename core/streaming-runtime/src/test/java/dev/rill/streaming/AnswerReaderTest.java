package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {

    private static final String BY_LENGTH = "HTTP/1.1 200 OK\r\nX-Id: r1\r\ncontent-LENGTH: 5\r\n\r\nhello";
    private static final String IN_CHUNKS =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;why=not\r\nhel\r\n00002 \r\nlo\r\n0\r\nX-Trailer: t\r\n\r\n";
    private static final String UNTIL_THE_END = "HTTP/1.0 200\nX-Id:r1\n\nhello";
    private static final String AFTER_INTERIM =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";

    /** A stream that returns the bytes in two pieces. */
    private static InputStream pieces(byte[] bytes, int cut) {
        return new SequenceInputStream(
                new ByteArrayInputStream(bytes, 0, cut), new ByteArrayInputStream(bytes, cut, bytes.length - cut));
    }

    private static InputStream singly(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1));
            }
        };
    }

    private static String read(InputStream in) throws IOException {
        var answer = new AnswerReader(in).read();
        return answer.status() + " " + new String(answer.body(), StandardCharsets.UTF_8) + " " + answer.persistence();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String read(String text) throws IOException {
        return read(new ByteArrayInputStream(bytes(text)));
    }

    @Test
    void readsTheSameAtEverySplit() throws IOException {
        for (var sample : Map.of(
                        BY_LENGTH,
                        "200 hello KEEP_ALIVE",
                        IN_CHUNKS,
                        "200 hello KEEP_ALIVE",
                        UNTIL_THE_END,
                        "200 hello CLOSE",
                        AFTER_INTERIM,
                        "202 {} KEEP_ALIVE")
                .entrySet()) {
            var bytes = bytes(sample.getKey());
            for (int cut = 0; cut <= bytes.length; cut++) {
                assertThat(read(pieces(bytes, cut)))
                        .as("cut at %d of %s", cut, sample.getKey())
                        .isEqualTo(sample.getValue());
            }
            assertThat(read(singly(bytes))).isEqualTo(sample.getValue());
        }
    }

    @Test
    void anIncompleteResponseIsAnError() throws IOException {
        for (var sample : new String[] {BY_LENGTH, IN_CHUNKS, AFTER_INTERIM}) {
            var bytes = bytes(sample);
            for (int end = 0; end < bytes.length; end++) {
                var reader = new AnswerReader(new ByteArrayInputStream(bytes, 0, end));
                assertThatThrownBy(reader::read)
                        .as("the first %d bytes of %s", end, sample)
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void aMissingResponseHasItsOwnError() {
        assertThatThrownBy(() -> read("")).isInstanceOf(AnswerReader.NoAnswerException.class);
        assertThatThrownBy(() -> read("H")).isNotInstanceOf(AnswerReader.NoAnswerException.class);
    }

    @Test
    void readsOneResponseAfterTheOther() throws IOException {
        var reader = new AnswerReader(new ByteArrayInputStream(bytes(BY_LENGTH + IN_CHUNKS + AFTER_INTERIM)));

        assertThat(reader.read().status() + " " + reader.read().body().length + " "
                        + reader.read().status())
                .isEqualTo("200 5 202");
    }

    @Test
    void headerNamesIgnoreCaseAndMayRepeat() throws IOException {
        var answer = new AnswerReader(new ByteArrayInputStream(bytes(
                        "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:\t2 \r\nContent-Length: 0\r\ncontent-length: 0\r\n\r\n")))
                .read();

        assertThat(answer.headers()).containsEntry("X-A", "1, 2").containsEntry("CONTENT-LENGTH", "0");
    }

    @Test
    void aResponseWithoutABodyEndsWithItsHead() throws IOException {
        assertThat(read("HTTP/1.1 204 No Content\r\n\r\nHTTP")).isEqualTo("204  KEEP_ALIVE");
        assertThat(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\nHTTP"))
                .isEqualTo("304  KEEP_ALIVE");
    }

    @ParameterizedTest
    @CsvSource({"keep-alive,KEEP_ALIVE", "close,CLOSE", "'x, Close',CLOSE", "closed,KEEP_ALIVE"})
    void theConnectionIsKeptUnlessTheHeaderSaysClose(String connection, String fate) throws IOException {
        assertThat(read("HTTP/1.1 200 OK\r\nConnection: " + connection + "\r\nContent-Length: 0\r\n\r\n"))
                .endsWith(fate);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 20x OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 2000\r\n\r\n",
                "SSH-2.0-OpenSSH_9.6p1\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"
            })
    void malformedHttpIsAnError(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(java.net.ProtocolException.class);
    }

    @Test
    void anEndlessHeadIsAnError() {
        var line = bytes("X-Filler: " + "x".repeat(1_000) + "\r\n");
        InputStream endless = new SequenceInputStream(
                new ByteArrayInputStream(bytes("HTTP/1.1 200 OK\r\n")),
                new SequenceInputStream(Collections.enumeration(Collections.nCopies(100, new Object()).stream()
                        .map(ignored -> new ByteArrayInputStream(line))
                        .toList())));

        assertThatThrownBy(() -> read(endless)).hasMessageContaining("more than 65536 bytes of headers");
    }

    @Test
    void aBodyLargerThanTheBufferIsComplete() throws IOException {
        var body = new byte[100_000];
        Arrays.fill(body, (byte) 'x');
        var text = new String(body, StandardCharsets.US_ASCII);

        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + text))
                .isEqualTo("200 " + text + " KEEP_ALIVE");
        assertThat(read("HTTP/1.1 200 OK\r\n\r\n" + text)).isEqualTo("200 " + text + " CLOSE");
    }
}
