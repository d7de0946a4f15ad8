package dev.rill.stream;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Sends an error as the body of an HTTP response, in OpenAI's form: {@code {"error": {type, code, message, param}}}.
 */
final class HttpErrors {

    private HttpErrors() {}

    static void send(ResponseStream response, ApiError error) throws IOException {
        send(response, error, ResponseHeads.of(error.status(), "application/json"));
    }

    /** Sends the error with this head, which may have headers of its own, and with the headers of the error. */
    static void send(ResponseStream response, ApiError error, ResponseHead head) throws IOException {
        var body = Json.object();
        body.set("error", error.toJson());
        var whole = head;
        for (var header : error.headers().entrySet()) {
            whole = whole.header(header.getKey(), header.getValue());
        }
        try (var out = response.open(whole)) {
            out.write((Json.write(body) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
