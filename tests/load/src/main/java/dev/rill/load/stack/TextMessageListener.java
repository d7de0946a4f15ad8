package dev.rill.load.stack;

import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Joins the parts of a WebSocket's text messages, and hands over each whole message before it requests the next part.
 */
public final class TextMessageListener implements WebSocket.Listener {

    /** Takes the messages; called by one thread at a time. */
    public interface Reader {
        void message(String text);

        /** The socket was closed or has broken; called once. */
        void ended(String why);
    }

    private final Reader reader;
    private final StringBuilder parts = new StringBuilder();
    private boolean ended;

    public TextMessageListener(Reader reader) {
        this.reader = reader;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        if (last && parts.isEmpty()) {
            reader.message(data.toString());
        } else {
            parts.append(data);
            if (last) {
                var whole = parts.toString();
                parts.setLength(0);
                reader.message(whole);
            }
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        end("closed with " + status);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        end("broken: " + error);
    }

    private void end(String why) {
        if (!ended) {
            ended = true;
            reader.ended(why);
        }
    }
}
