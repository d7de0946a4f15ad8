import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks over a WebSocket and resumes after a lost socket. JDK 25, no libraries.
 *
 * <p>Run: {@code java examples/Ask.java ws://localhost:3000 'How do rivers form?'}
 */
final class Ask {

    private static String id = "";
    private static long last = -1;

    public static void main(String[] args) throws InterruptedException {
        // The event_id makes a repeat harmless: the same response answers it.
        var create = "{\"type\":\"response.create\",\"event_id\":\"%s\",\"input\":\"%s\"}"
                .formatted(UUID.randomUUID(), args[1].replace("\\", "\\\\").replace("\"", "\\\""));
        var resume = "{\"type\":\"rill:response.resume\",\"response_id\":\"%s\",\"starting_after\":%d}";
        var client = HttpClient.newHttpClient();
        for (boolean ended = false; !ended; Thread.sleep(500)) {
            try {
                var messages = new LinkedBlockingQueue<String>();
                var socket = client.newWebSocketBuilder()
                        .buildAsync(URI.create(args[0]), new Inbox(messages))
                        .join();
                socket.sendText(id.isEmpty() ? create : resume.formatted(id, last), true)
                        .join();
                ended = readUntilLost(messages);
                socket.abort();
            } catch (CompletionException e) {
                System.err.println("connection lost: " + e.getCause());
            }
        }
    }

    /**
     * True at the terminal event; false when the socket is lost, a number is missing, or after half a minute of
     * silence.
     */
    private static boolean readUntilLost(BlockingQueue<String> messages) throws InterruptedException {
        while (true) {
            var message = messages.poll(30, TimeUnit.SECONDS);
            if (message == null || message.isEmpty()) {
                return false;
            }
            var type = find(message, "\"type\":\"([^\"]+)\"");
            if (type.equals("error")) {
                System.err.println(message);
                System.exit(1);
            }
            long number = Long.parseLong(find(message, "\"sequence_number\":(\\d+)"));
            if (number <= last) {
                continue;
            }
            if (number > last + 1) {
                return false;
            }
            last = number;
            switch (type) {
                case "response.created" -> id = find(message, "\"id\":\"(resp_[0-9a-f]+)\"");
                case "response.output_text.delta" ->
                    IO.print(unescape(find(message, "\"delta\":\"((?:[^\"\\\\]|\\\\.)*)\"")));
                case "rill:response.restarted" -> IO.println("\n(The answer begins again.)");
                case "response.completed", "response.incomplete", "response.failed" -> {
                    IO.println("\n[" + type + "]");
                    return true;
                }
                default -> {}
            }
        }
    }

    /** Puts whole messages into the queue, and an empty one when the socket is lost. */
    private record Inbox(BlockingQueue<String> messages, StringBuilder parts) implements WebSocket.Listener {
        Inbox(BlockingQueue<String> messages) {
            this(messages, new StringBuilder());
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean whole) {
            parts.append(data);
            if (whole) {
                messages.add(parts.toString());
                parts.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            messages.add("");
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            messages.add("");
        }
    }

    /** The JDK has no JSON reader; a real program uses a library here. */
    private static String find(String json, String pattern) {
        var matcher = Pattern.compile(pattern).matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String unescape(String text) {
        return Pattern.compile("\\\\(?:u(\\p{XDigit}{4})|.)").matcher(text).replaceAll(escape -> {
            var code = escape.group(1);
            var plain = code != null
                    ? Character.toString(Integer.parseInt(code, 16))
                    : escape.group().replace("\\/", "/").translateEscapes();
            return Matcher.quoteReplacement(plain);
        });
    }
}
