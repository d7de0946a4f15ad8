package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

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

    private static final class Response implements ResponseStream {
        private boolean open;

        @Override
        public OutputStream open(ResponseHead head) {
            open = true;
            return new ByteArrayOutputStream();
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
