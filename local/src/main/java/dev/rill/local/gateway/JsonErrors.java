package dev.rill.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Error responses of the server itself, such as for bytes that are not HTTP, in AWS's form: {@code {"message":"Bad
 * Request"}}. They contain no details of the failure.
 */
final class JsonErrors extends ErrorHandler {

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int status,
            @Nullable String reason,
            @Nullable Throwable cause,
            Callback callback) {
        write(status, response, callback);
    }

    /** The body of an error in OpenAI's form. */
    static ObjectNode openAi(String code, String message) {
        var error = Json.object()
                .put("message", message)
                .put("type", "invalid_request_error")
                .putNull("param")
                .put("code", code);
        return Json.object().set("error", error);
    }

    /** Sends this status, and its phrase as the message. */
    static void write(int status, Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        var body = Json.write(Json.object().put("message", HttpStatus.getMessage(status)));
        response.write(true, StandardCharsets.UTF_8.encode(body), callback);
    }
}
