package dev.rill.local;

import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The addresses of a running stack.
 *
 * @param front the base URL of the WebSocket API and of the function URL
 * @param connections the endpoint of {@code @connections}, its stage included
 * @param dynamoDb DynamoDB itself, also if the functions reach it through a proxy that injects faults
 * @param faults the control of faults; empty without {@code --faults}
 * @param model the model's server
 * @param work the folder that holds the logs
 */
record StackAddresses(
        URI front, URI connections, URI lambda, URI dynamoDb, URI sqs, Optional<URI> faults, Model model, Path work) {

    /**
     * The model's server.
     *
     * @param baseUrl empty if the template's default applies
     * @param description the base URL and what kind of server it is, as the banner shows it
     */
    record Model(Optional<URI> baseUrl, String description) {}

    URI webSocket() {
        return URI.create("ws://" + authority());
    }

    URI http() {
        return URI.create("http://" + authority());
    }

    /** Each address under the name that the banner gives it, in the order of the banner. */
    Map<String, String> byName() {
        var named = new LinkedHashMap<String, String>();
        named.put("WebSocket", webSocket().toString());
        named.put("HTTP", http() + "/v1/responses");
        named.put("@connections", connections.toString());
        named.put("Lambda", lambda.toString());
        named.put("DynamoDB", dynamoDb.toString());
        named.put("SQS", sqs.toString());
        faults.ifPresent(uri -> named.put("faults", uri.toString()));
        model.baseUrl().ifPresent(uri -> named.put("model", uri.toString()));
        named.put("logs", work.toString());
        return Collections.unmodifiableMap(named);
    }

    /** {@code localhost} is easier to type and to read than an address. */
    private String authority() {
        return front.getAuthority().replaceFirst("^(127\\.0\\.0\\.1|0\\.0\\.0\\.0):", "localhost:");
    }
}
