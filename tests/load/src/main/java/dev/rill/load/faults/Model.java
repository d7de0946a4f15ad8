package dev.rill.load.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.LoadException;
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

/** What the simulated model says of its own doing, {@code GET /stats}. */
final class Model {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final HttpClient client;
    private final URI url;

    /**
     * One request to it.
     *
     * @param prompt its first 80 characters
     * @param earlier the conversation before it: role and first 80 characters of each message
     * @param endedAt empty while it is being answered
     * @param outcome such as {@code sent} or {@code client_gone}; empty text while it is being answered
     */
    record Asked(String prompt, List<String> earlier, Instant receivedAt, Optional<Instant> endedAt, String outcome) {

        Asked {
            earlier = List.copyOf(earlier);
        }

        boolean clientGone() {
            return outcome.equals("client_gone");
        }
    }

    /** Its requests, and how many of them are being answered. */
    record Notes(int openStreams, List<Asked> requests) {

        Notes {
            requests = List.copyOf(requests);
        }
    }

    /** @param model its base URL, {@code /v1} included or not */
    Model(HttpClient client, URI model) {
        this.client = client;
        this.url = model.resolve("/stats");
    }

    Notes notes() throws LoadException, InterruptedException {
        return send("GET");
    }

    /** Has it forget the requests that have ended. */
    void forget() throws LoadException, InterruptedException {
        var _ = send("DELETE");
    }

    private Notes send(String method) throws LoadException, InterruptedException {
        try {
            var answer = client.send(
                    HttpRequest.newBuilder(url)
                            .timeout(Duration.ofSeconds(10))
                            .method(method, BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LoadException(
                        url + " answered " + answer.statusCode() + ": only the simulated model keeps notes");
            }
            return read(MAPPER.readTree(answer.body()));
        } catch (IOException e) {
            throw new LoadException("no notes of the model at " + url + " (" + e + "): name it by --model", e);
        }
    }

    private static Notes read(JsonNode json) {
        var requests = new ArrayList<Asked>();
        for (var request : json.path("requests")) {
            var earlier = new ArrayList<String>();
            request.path("earlier").forEach(message -> earlier.add(message.asText()));
            requests.add(new Asked(
                    request.path("prompt").asText(),
                    earlier,
                    Instant.parse(request.path("received_at").asText()),
                    Optional.ofNullable(request.path("ended_at").textValue()).map(Instant::parse),
                    request.path("outcome").asText("")));
        }
        return new Notes(json.path("open_streams").asInt(), requests);
    }
}
