package dev.rill.stream;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Answers errors in OpenAI's form: {@code {"error": {"type", "code", "message", "param"}}}. */
final class HttpErrors {

    private HttpErrors() {}

    static void answer(ResponseStream response, ApiError error) throws IOException {
        answer(response, error, ResponseHeads.of(error.status(), "application/json"));
    }

    /** With more headers than the media type. */
    static void answer(ResponseStream response, ApiError error, ResponseHead head) throws IOException {
        var body = Json.object();
        body.set("error", error.toJson());
        try (var out = response.open(head)) {
            out.write((Json.write(body) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
