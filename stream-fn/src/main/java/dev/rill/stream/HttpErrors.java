package dev.rill.stream;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.Json;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Sends an error as the body of an HTTP response. */
final class HttpErrors {

    /** What the body is. */
    enum Form {
        /** OpenAI's form: {@code {"error": {type, code, message, param}}}. */
        OBJECT("application/json"),
        /** The message alone, because {@code useChat} shows a person the whole body. */
        MESSAGE("text/plain; charset=utf-8");

        private final String mediaType;

        Form(String mediaType) {
            this.mediaType = mediaType;
        }
    }

    private HttpErrors() {}

    static void send(ResponseStream response, ApiError error) throws IOException {
        send(response, error, Form.OBJECT, Map.of());
    }

    /** Sends the error with these headers and with its own. */
    static void send(ResponseStream response, ApiError error, Form form, Map<String, String> headers)
            throws IOException {
        var head = ResponseHeads.of(error.status(), form.mediaType);
        for (var header : headers.entrySet()) {
            head = head.header(header.getKey(), header.getValue());
        }
        for (var header : error.headers().entrySet()) {
            head = head.header(header.getKey(), header.getValue());
        }
        try (var out = response.open(head)) {
            out.write((text(error, form) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String text(ApiError error, Form form) {
        return switch (form) {
            case OBJECT -> {
                var body = Json.object();
                body.set("error", error.toJson());
                yield Json.write(body);
            }
            case MESSAGE -> error.message();
        };
    }
}
