package dev.rill.load.bench;

import dev.rill.load.sequence.PromptMessages;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import dev.rill.load.stack.TextMessageListener;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** {@code response.create} messages on one WebSocket. */
final class WebSocketTransport implements Transport {

    private final InstantSource clock;
    private final Duration timeout;
    private final WebSocket socket;
    private volatile @Nullable AnswerRecorder current;

    private WebSocketTransport(HttpClient client, Target target, Duration timeout, InstantSource clock) {
        this.clock = clock;
        this.timeout = timeout;
        this.socket = target.key()
                .addTo(client.newWebSocketBuilder())
                .connectTimeout(timeout)
                .buildAsync(target.webSocket(), new TextMessageListener(new Current()))
                .join();
    }

    /** Opens the socket. */
    static WebSocketTransport open(HttpClient client, Target target, Duration timeout, InstantSource clock)
            throws LoadException {
        try {
            return new WebSocketTransport(client, target, timeout, clock);
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                int status = refused.getResponse().statusCode();
                throw new LoadException(
                        target.webSocket() + " answered the handshake with " + status + ApiKey.hint(status), e);
            }
            throw new LoadException(
                    "no WebSocket at " + target.webSocket() + " (" + e.getCause() + "): start ./rill up, or set --url",
                    e);
        }
    }

    @Override
    public AnswerTimes ask(String prompt) throws LoadException, InterruptedException {
        var listening = new AnswerRecorder(clock.instant());
        current = listening;
        socket.sendText(PromptMessages.overWebSocket(prompt), true).exceptionally(failure -> {
            listening.fail("a prompt could not be sent: " + failure);
            return socket;
        });
        return listening.await(timeout);
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Current implements TextMessageListener.Reader {
        @Override
        public void message(String text) {
            var now = clock.instant();
            var listening = current;
            if (listening != null) {
                listening.record(text, now);
            }
        }

        @Override
        public void ended(String why) {
            var listening = current;
            if (listening != null) {
                listening.fail("the socket has " + why);
            }
        }
    }
}
