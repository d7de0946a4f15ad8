package dev.rill.load.faults.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.Stream;

/** Server-sent events of one HTTP response. */
public final class HttpEventStream extends EventStream {

    private static final String DATA = "data: ";

    private final Stream<String> lines;
    private final Reading reading;

    /** How much of an event is kept. */
    public enum Reading {
        /** What a client needs to follow the answer. */
        BRIEF,
        /** The whole text, for one comparison. */
        WHOLE;

        private ServerEvent event(String text) {
            return switch (this) {
                case BRIEF -> ServerEvent.parse(text);
                case WHOLE -> ServerEvent.parseWhole(text);
            };
        }
    }

    private HttpEventStream(Stream<String> lines, Reading reading) {
        this.lines = lines;
        this.reading = reading;
    }

    /** Sends a request, and reads the events of its response on a virtual thread. */
    static HttpEventStream open(HttpClient client, HttpRequest request, Reading reading, EventReader reader)
            throws IOException, InterruptedException {
        var answer = client.send(request, BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
            answer.body().close();
            throw new IOException("status " + answer.statusCode());
        }
        var line = new HttpEventStream(answer.body(), reading);
        Thread.ofVirtual().name("events over HTTP").start(() -> line.read(reader));
        return line;
    }

    @Override
    public boolean canSend() {
        return false;
    }

    @Override
    public void send(String message) {
        throw new IllegalStateException("a client can't send messages on an HTTP response");
    }

    @Override
    public void abort() {
        lines.close();
    }

    private void read(EventReader reader) {
        try {
            lines.forEach(text -> {
                if (text.startsWith(DATA + "{")) {
                    put(reader.read(text.substring(DATA.length()), reading::event));
                }
            });
            put(new Signal.Closed("ended"));
        } catch (UncheckedIOException | IllegalStateException e) {
            put(new Signal.Closed("broken: " + e));
        }
    }
}
