package dev.rill.load.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.load.sequence.PromptMessages;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;

/**
 * {@code POST /v1/responses} with {@code stream}, on a connection that is kept open. The thread that asks also reads
 * the response, as curl does: in a client with threads of its own, the hand-over between them would count as Rill's
 * time.
 */
final class HttpTransport implements Transport {

    private static final int TOO_MANY_REQUESTS = 429;
    private static final String DATA = "data: ";

    private final URI url;
    private final ApiKey key;
    private final Duration timeout;
    private final InstantSource clock;

    /**
     * A transport to one stack.
     *
     * @param timeout the longest wait for the next byte
     */
    HttpTransport(Target target, Duration timeout, InstantSource clock) {
        this(URI.create(target.http() + "/v1/responses"), target.key(), timeout, clock);
    }

    /**
     * A transport to any server that speaks the Responses API.
     *
     * @param url where requests are posted to
     * @param timeout the longest wait for the next byte
     */
    HttpTransport(URI url, ApiKey key, Duration timeout, InstantSource clock) {
        this.url = url;
        this.key = key;
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
            key.addTo(connection);
            var body = PromptMessages.overHttp(prompt).getBytes(UTF_8);
            // With a fixed length the JDK does not repeat a failed POST on its own.
            connection.setFixedLengthStreamingMode(body.length);
            try (var out = connection.getOutputStream()) {
                out.write(body);
            }
            if (connection.getResponseCode() != 200) {
                int status = connection.getResponseCode();
                throw new LoadException(url + " answered " + status + ApiKey.hint(status) + limitHint(status));
            }
            // The JDK keeps a connection only if the body has been read to its end.
            try (var lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    var now = clock.instant();
                    if (line.startsWith(DATA + "{")) {
                        listening.record(line.substring(DATA.length()), now);
                    }
                }
            }
        } catch (IOException e) {
            throw new LoadException("no answer from " + url + " (" + e + "): start ./rill up, or set --url", e);
        }
        listening.fail("an answer ended without a terminal event");
        return listening.await(timeout);
    }

    /** What the operator can do about too many streams at the same time; empty text for any other status. */
    private static String limitHint(int status) {
        return status == TOO_MANY_REQUESTS
                ? "; start it by ./rill up --environments 64 --parameter MaxRunningPerSubject=999 --parameter MaxQueuedPerSubject=999"
                : "";
    }

    /** Does nothing: the JDK closes idle connections. */
    @Override
    public void close() {}
}
