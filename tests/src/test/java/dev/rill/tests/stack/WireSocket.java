package dev.rill.tests.stack;

import dev.rill.tests.scenario.Inbox;
import dev.rill.tests.scenario.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A socket of the JDK's WebSocket client. A long message is sent in several frames, and must be ASCII then. */
final class WireSocket implements Socket {

    /** Characters of one frame. At three bytes a character they stay below 32 KB, API Gateway's limit for a frame. */
    private static final int FRAME_CHARS = 10_000;

    private static final int PATIENCE_SECONDS = 60;

    private final WebSocket socket;
    private final Inbox inbox;

    private WireSocket(WebSocket socket, Inbox inbox) {
        this.socket = socket;
        this.inbox = inbox;
    }

    static WireSocket connect(HttpClient client, URI uri, List<String> subprotocols) throws Exception {
        var inbox = new Inbox();
        var builder = client.newWebSocketBuilder();
        if (!subprotocols.isEmpty()) {
            builder.subprotocols(
                    subprotocols.getFirst(), subprotocols.stream().skip(1).toArray(String[]::new));
        }
        var socket = builder.buildAsync(uri, new Listener(inbox)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return new WireSocket(socket, inbox);
    }

    @Override
    public void send(String text) throws Exception {
        var from = 0;
        do {
            var to = Math.min(from + FRAME_CHARS, text.length());
            socket.sendText(text.substring(from, to), to == text.length()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            from = to;
        } while (from < text.length());
    }

    @Override
    public String receive() throws InterruptedException {
        return inbox.take();
    }

    @Override
    public void close() {
        // The server may never answer the close frame, so do not wait for that.
        var _ = socket.sendClose(WebSocket.NORMAL_CLOSURE, "").whenComplete((_, _) -> socket.abort());
        inbox.checkUnread();
    }

    static final class Listener implements WebSocket.Listener {
        private final Inbox inbox;
        private final StringBuilder message = new StringBuilder();

        /** Puts each message, and the close of the socket, into the inbox. */
        Listener(Inbox inbox) {
            this.inbox = inbox;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                inbox.put(message.toString());
                message.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            inbox.close(statusCode + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            inbox.close(error.toString());
        }
    }
}
