package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.gateway.ResponseHead.BadHeadException;
import dev.rill.local.lambda.Functions;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.Streamed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * The function URL. A streamed answer goes on to the client as the function writes it: each piece that is read is one
 * chunk, sent at once, and nothing of it is kept.
 *
 * <p>The gateway notices that a client has left at the next piece that it cannot send, and lets go of the answer by
 * closing it: the function's next piece is refused. A client that stays but does not read holds up the function, until
 * {@link Limits#stalled} ends it.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html">Invoking Lambda function URLs</a>
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html">Response
 *     streaming</a>
 */
final class FunctionUrl {
    private static final String PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";

    private final GatewayConfig config;
    private final GatewayContext context;
    private final Functions functions;
    private final Ids ids;
    private final FunctionUrlEvent events;

    FunctionUrl(GatewayConfig config, GatewayContext context, Functions functions) {
        this.config = config;
        this.context = context;
        this.functions = functions;
        this.ids = new Ids(context.random());
        this.events = new FunctionUrlEvent(config, ids);
    }

    /** Answers a request; blocks until the function's answer has been sent. */
    void handle(Request request, Response response, Callback callback) throws IOException, InterruptedException {
        var requestId = ids.nextUuid();
        response.getHeaders().put("x-amzn-RequestId", requestId);
        var cors = config.functionUrl().cors();
        if (cors != null && Cors.isPreflight(request.getMethod(), request.getHeaders())) {
            add(cors.preflight(request.getHeaders()), response);
            response.write(true, null, callback);
            return;
        }
        if (cors != null) {
            add(cors.ordinary(request.getHeaders()), response);
        }
        int limit = config.limits().requestBytes();
        var body = Content.Source.asInputStream(request).readNBytes(limit + 1);
        String event = body.length > limit
                ? null
                : events.of(request, body, requestId, context.clock().instant());
        if (event == null || event.length() > limit || Connection.utf8Length(event) > limit) {
            problem(
                    413,
                    Json.write(Json.object()
                            .put("Type", "User")
                            .put(
                                    "message",
                                    "Request must be smaller than " + limit
                                            + " bytes for the InvokeFunction operation")),
                    response,
                    callback);
            return;
        }
        try {
            switch (config.functionUrl().invokeMode()) {
                case BUFFERED -> buffered(event, response, callback);
                case RESPONSE_STREAM -> streamed(event, response, callback);
            }
        } catch (InvocationException e) {
            refuse(e, response, callback);
        } catch (BadHeadException e) {
            failed(response, callback);
        }
    }

    private void streamed(String event, Response response, Callback callback)
            throws InvocationException, BadHeadException, InterruptedException {
        try {
            try (var streamed =
                    functions.invokeWithResponseStream(config.functionUrl().functionName(), event)) {
                passOn(streamed, response);
            }
            response.write(true, null, callback);
        } catch (FunctionBrokeException e) {
            if (response.isCommitted()) {
                // Without the last chunk, so that the client can tell a broken answer from a whole one.
                callback.failed(e);
            } else {
                failed(response, callback);
            }
        } catch (IOException clientLeft) {
            callback.failed(clientLeft);
        }
    }

    private static void passOn(Streamed streamed, Response response) throws IOException, BadHeadException {
        var buffer = new byte[16 * 1024];
        var prelude = new PreludeParser();
        ResponseHead head = null;
        if (!streamed.contentType().startsWith(PRELUDE_TYPE)) {
            head = new ResponseHead(200, List.of());
            begin(head, response);
        }
        for (int count = read(streamed.body(), buffer); count >= 0; count = read(streamed.body(), buffer)) {
            int taken = 0;
            if (head == null) {
                taken = prelude.feed(buffer, 0, count);
                head = prelude.head();
                if (head != null) {
                    begin(head, response);
                }
            }
            if (taken < count) {
                Content.Sink.write(response, false, ByteBuffer.wrap(buffer, taken, count - taken));
            }
        }
        if (head == null) {
            throw new BadHeadException("The answer ended within its prelude");
        }
    }

    /** Reading failed: the function broke off. Tells this from a client that cannot be written to. */
    private static final class FunctionBrokeException extends IOException {
        private static final long serialVersionUID = 1;

        FunctionBrokeException(IOException cause) {
            super("The function broke off", cause);
        }
    }

    private static int read(InputStream body, byte[] buffer) throws FunctionBrokeException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new FunctionBrokeException(e);
        }
    }

    private static void begin(ResponseHead head, Response response) throws IOException {
        head.applyTo(response, "application/octet-stream");
        boolean chunks = response.getRequest().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
        if (chunks && head.status() != 204 && head.status() != 304) {
            // Otherwise Jetty ends the answer to `Connection: close` by closing: a broken one would look whole.
            response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
        }
        // Status and headers go out now: the first byte of the payload may be long in coming.
        Content.Sink.write(response, false, BufferUtil.EMPTY_BUFFER);
    }

    private void buffered(String event, Response response, Callback callback)
            throws InvocationException, BadHeadException, InterruptedException {
        var invoked = functions.invoke(config.functionUrl().functionName(), event);
        if (invoked.failed()) {
            failed(response, callback);
            return;
        }
        JsonNode answer;
        try {
            answer = Json.MAPPER.readTree(invoked.payload());
        } catch (JsonProcessingException e) {
            throw new BadHeadException("The function's answer is not JSON");
        }
        if (!answer.has("statusCode")) {
            // Lambda assumes a 200 with the whole answer as its body; a JSON string stands for its text.
            String body = answer.isTextual() ? answer.textValue() : invoked.payload();
            new ResponseHead(200, List.of()).applyTo(response, "application/json");
            response.write(true, StandardCharsets.UTF_8.encode(body), callback);
            return;
        }
        var head = ResponseHead.parse(answer);
        var body = body(answer);
        head.applyTo(response, "application/json");
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    private static byte[] body(JsonNode answer) throws BadHeadException {
        var body = answer.path("body").asText("");
        if (!answer.path("isBase64Encoded").asBoolean()) {
            return body.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new BadHeadException("The body is not base64");
        }
    }

    private static void refuse(InvocationException refused, Response response, Callback callback) {
        switch (refused.status()) {
            case 429 ->
                problem(
                        429,
                        Json.write(Json.object()
                                .put("Reason", "ConcurrentInvocationLimitExceeded")
                                .put("Type", "User")
                                .put("message", "Rate Exceeded.")),
                        response,
                        callback);
            case 413 ->
                problem(
                        413,
                        Json.write(Json.object().put("Type", "User").put("message", refused.getMessage())),
                        response,
                        callback);
            default -> failed(response, callback);
        }
    }

    private static void failed(Response response, Callback callback) {
        response.setStatus(502);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
        response.write(true, StandardCharsets.UTF_8.encode("Internal Server Error"), callback);
    }

    private static void problem(int status, String json, Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, StandardCharsets.UTF_8.encode(json), callback);
    }

    private static void add(List<ResponseHead.Field> fields, Response response) {
        fields.forEach(field -> response.getHeaders().add(field.name(), field.value()));
    }
}
