package dev.rill.load.faults.stack;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The fault control of {@code ./rill up --faults}, which injects faults between Rill and the services that it uses. */
public final class FaultControl {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final URI url;

    public FaultControl(HttpClient client, URI url) {
        this.client = client;
        this.url = url;
    }

    /** Replaces the plan of faults. */
    public void set(ObjectNode plan) throws LoadException, InterruptedException {
        send("PUT", "/faults", BodyPublishers.ofString(plan.toString()));
    }

    /** Stops all faults. */
    public void clear() throws LoadException, InterruptedException {
        send("DELETE", "/faults", BodyPublishers.noBody());
    }

    /** Requests and faults since {@link #forgetCounts}, as JSON. */
    public String counts() throws LoadException, InterruptedException {
        return send("GET", "/counts", BodyPublishers.noBody());
    }

    public void forgetCounts() throws LoadException, InterruptedException {
        send("DELETE", "/counts", BodyPublishers.noBody());
    }

    private String send(String method, String path, BodyPublisher body) throws LoadException, InterruptedException {
        try {
            var answer = client.send(
                    HttpRequest.newBuilder(url.resolve(path))
                            .timeout(TIMEOUT)
                            .method(method, body)
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() != 200 && answer.statusCode() != 204) {
                throw new LoadException(method + " " + url.resolve(path) + " answered " + answer.statusCode() + ": "
                        + answer.body().strip());
            }
            return answer.body();
        } catch (IOException e) {
            throw new LoadException(
                    "no fault control at " + url + " (" + e + "): start ./rill up --faults, or set --faults", e);
        }
    }
}
