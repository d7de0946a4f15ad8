package dev.rill.load.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what the simulated model has recorded of its requests: {@code GET /stats}. Safe for use by many threads. */
public final class ModelStats {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JsonMapper MAPPER = new JsonMapper();
    private final HttpClient client;
    private final URI url;

    /**
     * One request to the model.
     *
     * @param prompt its first 80 characters
     * @param earlier the conversation before it: role and first 80 characters of each message
     * @param outcome such as {@code sent} or {@code client_gone}; empty text while the model answers
     * @param deltas how many were written
     */
    public record Request(String prompt, List<String> earlier, Times times, String outcome, int deltas) {

        public Request {
            earlier = List.copyOf(earlier);
        }

        /** Whether the worker closed the connection before the model had written everything. */
        public boolean isClientGone() {
            return outcome.equals("client_gone");
        }
    }

    /**
     * The times of a request, by the clock of the model.
     *
     * @param firstByteAt when the response began; empty if it has not
     * @param firstDeltaAt when the first delta was written; empty if none was
     * @param endedAt empty while the model answers
     */
    public record Times(
            Instant receivedAt,
            Optional<Instant> firstByteAt,
            Optional<Instant> firstDeltaAt,
            Optional<Instant> endedAt) {}

    /**
     * What the model has recorded.
     *
     * @param openStreams how many requests it is answering now
     */
    public record Snapshot(int openStreams, List<Request> requests) {

        public Snapshot {
            requests = List.copyOf(requests);
        }
    }

    /**
     * Statistics of one model.
     *
     * @param model the model's base URL, {@code /v1} included or not
     */
    public ModelStats(HttpClient client, URI model) {
        this.client = client;
        this.url = model.resolve("/stats");
    }

    /**
     * What the model has recorded until now.
     *
     * @throws LoadException if the model can't be reached, or is not the simulated one
     */
    public Snapshot snapshot() throws LoadException, InterruptedException {
        return send("GET");
    }

    /**
     * Makes the model forget the requests that have ended.
     *
     * @throws LoadException if the model can't be reached, or is not the simulated one
     */
    public void forget() throws LoadException, InterruptedException {
        var _ = send("DELETE");
    }

    private Snapshot send(String method) throws LoadException, InterruptedException {
        try {
            var response = client.send(
                    HttpRequest.newBuilder(url)
                            .timeout(TIMEOUT)
                            .method(method, BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new LoadException(
                        url + " answered " + response.statusCode() + ": only the simulated model has statistics");
            }
            return read(MAPPER.readTree(response.body()));
        } catch (IOException e) {
            throw new LoadException("no statistics from the model at " + url + " (" + e + "): set --model", e);
        }
    }

    private static Snapshot read(JsonNode json) {
        var requests = new ArrayList<Request>();
        for (var request : json.path("requests")) {
            var earlier = new ArrayList<String>();
            request.path("earlier").forEach(message -> earlier.add(message.asText()));
            requests.add(new Request(
                    request.path("prompt").asText(),
                    earlier,
                    new Times(
                            Instant.parse(request.path("received_at").asText()),
                            instant(request, "first_byte_at"),
                            instant(request, "first_delta_at"),
                            instant(request, "ended_at")),
                    request.path("outcome").asText(""),
                    request.path("deltas").asInt()));
        }
        return new Snapshot(json.path("open_streams").asInt(), requests);
    }

    private static Optional<Instant> instant(JsonNode request, String field) {
        return Optional.ofNullable(request.path(field).textValue()).map(Instant::parse);
    }
}
