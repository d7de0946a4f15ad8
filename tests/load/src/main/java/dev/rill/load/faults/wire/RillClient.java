package dev.rill.load.faults.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.wire.HttpEventStream.Reading;
import dev.rill.load.stack.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Rill's API over WebSocket and HTTP. Safe for use by many threads. */
public final class RillClient {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final JsonMapper MAPPER = new JsonMapper();

    private final HttpClient client;
    private final Target target;
    private final EventReader reader;

    /** @param observer gets the text of each message and event, on the thread that receives it */
    public RillClient(HttpClient client, Target target, InstantSource clock, Consumer<String> observer) {
        this.client = client;
        this.target = target;
        this.reader = new EventReader(clock, observer);
    }

    /**
     * Opens a socket.
     *
     * @param subprotocol the subprotocol that the client offers
     */
    public EventStream connect(Optional<String> subprotocol) throws IOException, InterruptedException {
        return SocketEventStream.open(client, target, subprotocol, reader);
    }

    /**
     * Sends a prompt over HTTP, and reads the answer's events.
     *
     * @param previous the response that the request continues
     * @param key the idempotency key; sent only by a client that repeats its request
     * @throws IOException if Rill can't be reached, or refuses the request; the message has the status, such as
     *     {@code status 429}
     */
    public EventStream ask(PromptPlan plan, Optional<String> previous, String key)
            throws IOException, InterruptedException {
        var request = request("")
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(BodyPublishers.ofString(ClientMessages.body(plan, previous)));
        switch (plan.request().repeat()) {
            case UNDER_THE_SAME_KEY -> request.header("Idempotency-Key", key);
            case NEVER -> {}
        }
        return HttpEventStream.open(client, request.build(), Reading.BRIEF, reader);
    }

    /**
     * Reads a response's events over HTTP.
     *
     * @param startingAfter the last number that the client has; -1 for none
     */
    public EventStream follow(String responseId, long startingAfter, Reading reading)
            throws IOException, InterruptedException {
        var after = startingAfter < 0 ? "" : "&starting_after=" + startingAfter;
        return HttpEventStream.open(
                client,
                request("/" + responseId + "?stream=true" + after)
                        .timeout(TIMEOUT)
                        .header("Accept", "text/event-stream")
                        .GET()
                        .build(),
                reading,
                reader);
    }

    /** The response's {@code status}; {@code status 404} and the like if the request fails. */
    public String status(String responseId) throws IOException, InterruptedException {
        var answer =
                client.send(request("/" + responseId).timeout(TIMEOUT).GET().build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            return "status " + answer.statusCode();
        }
        try {
            return MAPPER.readTree(answer.body()).path("status").asText("none");
        } catch (JsonProcessingException _) {
            return "not JSON";
        }
    }

    /** Cancels a response over HTTP; the future has the HTTP status. */
    public CompletableFuture<Integer> cancel(String responseId) {
        return client.sendAsync(
                        request("/" + responseId + "/cancel")
                                .timeout(TIMEOUT)
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.discarding())
                .thenApply(answer -> answer.statusCode());
    }

    /** A request with the key. */
    private HttpRequest.Builder request(String path) {
        return target.key().addTo(HttpRequest.newBuilder(URI.create(target.http() + "/v1/responses" + path)));
    }
}
