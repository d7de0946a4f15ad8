package dev.rill.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.ProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {

    private static final String STREAM = """
      \uFEFF: a comment
      data: {"a":"Grüße 👋"}

      event: response.created
      id: 7
      retry: 10
      data:{"b":
      data:  1}

      event: nothing

      data
      data: x

      : ping

      data: [DONE]

      data: cut""";

    private static final String TRACE = "|{\"a\":\"Grüße 👋\"};response.created|{\"b\":\n 1};|\nx;|[DONE];end";

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void readsTheSameAtEverySplit(String lineEnd) throws IOException {
        var bytes = STREAM.replace("\n", lineEnd).getBytes(UTF_8);
        for (int split = 0; split <= bytes.length; split++) {
            var in = new SequenceInputStream(
                    new ByteArrayInputStream(bytes, 0, split),
                    new ByteArrayInputStream(bytes, split, bytes.length - split));
            assertThat(trace(in)).as("split at byte " + split).isEqualTo(TRACE);
        }
    }

    @Test
    void readsTheSameByteByByte() throws IOException {
        var bytes = STREAM.replace("\n", "\r\n").getBytes(UTF_8);
        assertThat(trace(byteByByte(bytes))).isEqualTo(TRACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: x\n\n", "data: x\r\n\r\n", "data: x\r\r"})
    void returnsAnEventAtItsLastByte(String event) throws IOException {
        var bytes = new InputStream() {
            private int next;

            @Override
            public int read() {
                throw new AssertionError("reads in bulk");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (next == event.length()) {
                    throw new AssertionError("asked for more than the event");
                }
                buffer[offset] = (byte) event.charAt(next++);
                return 1;
            }
        };
        assertThat(new ServerSentEvents(bytes).next()).contains(new ServerSentEvents.Message("", "x"));
    }

    @Test
    void readsEventsThatAreLongerThanItsBuffer() throws IOException {
        var text = "👋".repeat(50_000);
        assertThat(trace(bytes("data: " + text + "\n\ndata: y\n\n"))).isEqualTo("|" + text + ";|y;end");
    }

    @Test
    void refusesAnEndlessEvent() {
        var endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }
        };
        assertThatThrownBy(() -> new ServerSentEvents(endless).next()).isInstanceOf(ProtocolException.class);
    }

    @Test
    void noticesUnknownFieldNames() throws IOException {
        var page = new ServerSentEvents(bytes("<html>\n<body>hello</body>\n\n"));
        assertThat(page.next()).isEmpty();
        assertThat(page.sawUnknownFields()).isTrue();

        var events = new ServerSentEvents(bytes(": hello\nretry: 5\n\n"));
        assertThat(events.next()).isEmpty();
        assertThat(events.sawUnknownFields()).isFalse();
    }

    private static String trace(InputStream in) throws IOException {
        var events = new ServerSentEvents(in);
        var trace = new StringBuilder();
        for (var event = events.next(); event.isPresent(); event = events.next()) {
            trace.append(event.get().name())
                    .append('|')
                    .append(event.get().data())
                    .append(';');
        }
        return trace.append("end").toString();
    }

    private static InputStream byteByByte(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(1, length));
            }
        };
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
