package dev.rill.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** What the simulated model says of its own doing, {@code GET /stats}. */
final class ModelStats {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final HttpClient client;
    private final URI url;

    /** One request that the model answered. */
    record Answered(Instant receivedAt, Instant firstByteAt, Instant firstDeltaAt, int deltas) {}

    /** @param model the model's base URL, {@code /v1} included or not */
    ModelStats(HttpClient client, URI model) {
        this.client = client;
        this.url = model.resolve("/stats");
    }

    /** Says at once if there are no such notes. */
    void requireReachable() throws LoadException, InterruptedException {
        byPrompt();
    }

    /** The requests that got a delta, by their prompts' first characters. */
    Map<String, Answered> byPrompt() throws LoadException, InterruptedException {
        JsonNode json;
        try {
            var answer = client.send(
                    HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new LoadException(
                        url + " answered " + answer.statusCode() + ": only the simulated model keeps such times");
            }
            json = MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new LoadException("no times from the model at " + url + " (" + e + "): name it by --model", e);
        }
        var answered = new HashMap<String, Answered>();
        for (var request : json.path("requests")) {
            if (request.path("first_delta_at").isTextual()) {
                answered.put(
                        request.path("prompt").asText(),
                        new Answered(
                                at(request, "received_at"),
                                at(request, "first_byte_at"),
                                at(request, "first_delta_at"),
                                request.path("deltas").asInt()));
            }
        }
        return answered;
    }

    private static Instant at(JsonNode request, String field) {
        return Instant.parse(request.path(field).asText());
    }
}
