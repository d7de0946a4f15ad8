package dev.rill.load.faults.wire;

import dev.rill.load.stack.Target;
import dev.rill.load.stack.TextMessageListener;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The events on a WebSocket. */
final class SocketEventStream extends EventStream implements TextMessageListener.Reader {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final int FRAME = 32 * 1024;

    private final EventReader reader;
    private final CompletableFuture<WebSocket> socket;

    private SocketEventStream(HttpClient client, Target target, Optional<String> subprotocol, EventReader reader) {
        this.reader = reader;
        var builder = target.key().addTo(client.newWebSocketBuilder()).connectTimeout(TIMEOUT);
        subprotocol.ifPresent(builder::subprotocols);
        this.socket = builder.buildAsync(target.webSocket(), new TextMessageListener(this));
    }

    /** @param subprotocol the subprotocol that the client offers */
    static SocketEventStream open(HttpClient client, Target target, Optional<String> subprotocol, EventReader reader)
            throws IOException, InterruptedException {
        var line = new SocketEventStream(client, target, subprotocol, reader);
        try {
            line.socket.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return line;
        } catch (ExecutionException | TimeoutException e) {
            line.abort();
            throw new IOException("no socket at " + target.webSocket(), e);
        }
    }

    @Override
    public boolean canSend() {
        return true;
    }

    @Override
    public void send(String message) {
        // API Gateway takes frames of up to 32 KB; these messages are ASCII, one byte a char.
        var _ = socket.thenCompose(open -> sendFrom(open, message, 0)).whenComplete((_, failure) -> {
            if (failure != null) {
                ended("a message could not be sent: " + failure);
            }
        });
    }

    private static CompletableFuture<WebSocket> sendFrom(WebSocket open, String message, int from) {
        var to = Math.min(message.length(), from + FRAME);
        var last = to == message.length();
        var sent = open.sendText(message.substring(from, to), last);
        return last ? sent : sent.thenCompose(_ -> sendFrom(open, message, to));
    }

    @Override
    public void abort() {
        var _ = socket.thenAccept(WebSocket::abort);
    }

    @Override
    public void message(String text) {
        put(reader.read(text, ServerEvent::parse));
    }

    @Override
    public void ended(String why) {
        put(new Signal.Closed(why));
    }
}
