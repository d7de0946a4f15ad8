package dev.rill.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HttpSinkTest {

    @Test
    void jsonFormatDropsEventsBeforeTheTerminalOne() {
        var sink = HttpSink.answering(new Response(), Format.JSON);
        var delivered = new ArrayList<WeakReference<Event>>();
        for (int i = 0; i < 100; i++) {
            var event = new Event(i, "response.output_text.delta", "{\"delta\":\"" + i + "\"}");
            sink.deliver(event, LeaseCheck.ALWAYS);
            delivered.add(new WeakReference<>(event));
        }
        System.gc();
        assertThat(delivered.stream().filter(event -> event.get() != null).count())
                .isLessThan(2);
    }

    /** A comment would commit the status 200. */
    @Test
    void commentsBeginWhenTheModelHasAccepted() throws Exception {
        var response = new Response();
        var sink = HttpSink.answering(response, Format.EVENTS);
        sink.deliver(new Event(0, EventTypes.CREATED, "{}"), LeaseCheck.ALWAYS);

        assertThat(sink.keepAlive()).isEqualTo(SendResult.DELIVERED);
        assertThat(response.isOpen()).isFalse();

        sink.deliver(new Event(1, EventTypes.IN_PROGRESS, "{}"), LeaseCheck.ALWAYS);
        assertThat(sink.keepAlive()).isEqualTo(SendResult.DELIVERED);
        assertThat(response.body.toString(UTF_8)).endsWith("data: {}\n\n: keep-alive\n");
    }

    @Test
    void readerIsSentACommentBeforeTheFirstEvent() throws Exception {
        var response = new Response();

        assertThat(HttpSink.reading(response, OptionalLong.empty()).keepAlive()).isEqualTo(SendResult.DELIVERED);

        assertThat(response.body.toString(UTF_8)).isEqualTo(": keep-alive\n");
    }

    private static List<Format> formatsOtherThanEvents() {
        return List.of(Format.JSON, Format.TEXT);
    }

    @ParameterizedTest
    @MethodSource("formatsOtherThanEvents")
    void otherFormatsHaveNoComments(Format format) throws Exception {
        var response = new Response();
        var sink = HttpSink.answering(response, format);
        sink.deliver(new Event(0, EventTypes.IN_PROGRESS, "{}"), LeaseCheck.ALWAYS);

        assertThat(sink.keepAlive()).isEqualTo(SendResult.DELIVERED);
        assertThat(response.body.toString(UTF_8)).isEmpty();
    }

    @Test
    void commentThatCannotBeWrittenMeansThatTheClientIsGone() {
        var sink = HttpSink.reading(new Broken(), OptionalLong.empty());

        assertThat(sink.keepAlive()).isEqualTo(SendResult.GONE);
    }

    private static final class Broken implements ResponseStream {
        @Override
        public OutputStream open(ResponseHead head) throws IOException {
            throw new IOException("the client has left");
        }

        @Override
        public OutputStream openRaw(String contentType) throws IOException {
            return open(ResponseHead.of(200, contentType));
        }

        @Override
        public boolean isOpen() {
            return false;
        }
    }

    private static final class Response implements ResponseStream {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private boolean open;

        @Override
        public OutputStream open(ResponseHead head) {
            open = true;
            return body;
        }

        @Override
        public OutputStream openRaw(String contentType) {
            return open(ResponseHead.of(200, contentType));
        }

        @Override
        public boolean isOpen() {
            return open;
        }
    }
}
