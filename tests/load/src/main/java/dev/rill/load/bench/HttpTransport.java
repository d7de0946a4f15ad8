package dev.rill.load.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.load.sequence.PromptMessages;
import dev.rill.load.stack.LoadException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;

/**
 * {@code POST /v1/responses} with {@code stream}, on a connection that is kept. The thread that asks reads the answer
 * itself, as curl does: a client with threads of its own would count the time in which it hands over what has come.
 */
final class HttpTransport implements Transport {

    private static final String DATA = "data: ";

    private final URI url;
    private final Duration timeout;
    private final InstantSource clock;

    /** @param timeout for which no byte may come */
    HttpTransport(URI base, Duration timeout, InstantSource clock) {
        this.url = URI.create(base + "/v1/responses");
        this.timeout = timeout;
        this.clock = clock;
    }

    @Override
    public AnswerTimes ask(String prompt) throws LoadException, InterruptedException {
        var listening = new AnswerRecorder(clock.instant());
        try {
            var connection = (HttpURLConnection) url.toURL().openConnection();
            connection.setConnectTimeout(Math.toIntExact(timeout.toMillis()));
            connection.setReadTimeout(Math.toIntExact(timeout.toMillis()));
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("Accept", "text/event-stream");
            var body = PromptMessages.overHttp(prompt).getBytes(UTF_8);
            // In this mode the JDK does not silently send a request again.
            connection.setFixedLengthStreamingMode(body.length);
            try (var out = connection.getOutputStream()) {
                out.write(body);
            }
            if (connection.getResponseCode() != 200) {
                throw new LoadException(url + " answered " + connection.getResponseCode());
            }
            // Read to its end, or the connection is not kept.
            try (var lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    var now = clock.instant();
                    if (line.startsWith(DATA + "{")) {
                        listening.record(line.substring(DATA.length()), now);
                    }
                }
            }
        } catch (IOException e) {
            throw new LoadException("no answer from " + url + " (" + e + "): start ./rill up, or name it by --url", e);
        }
        listening.fail("an answer broke off before its end");
        return listening.await(timeout);
    }

    /** Nothing to do: idle connections are closed by the JDK. */
    @Override
    public void close() {}
}
