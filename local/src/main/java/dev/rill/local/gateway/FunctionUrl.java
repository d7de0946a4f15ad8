package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.gateway.ResponseHead.BadHeadException;
import dev.rill.local.lambda.Functions;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import dev.rill.local.lambda.Functions.ResponseBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * The function URL. A streamed response is sent to the client while the function writes it: each piece is sent at once
 * as one chunk, and nothing is kept.
 *
 * <p>The gateway notices a disconnected client when it can't send the next piece, and then closes the function's
 * response: the function's next write is refused. A client that stays connected but does not read blocks the function
 * until {@link Limits#stalled} ends the request.
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
    private final IdGenerator ids;
    private final FunctionUrlEvent events;

    FunctionUrl(GatewayConfig config, GatewayContext context, Functions functions) {
        this.config = config;
        this.context = context;
        this.functions = functions;
        this.ids = new IdGenerator(context.random());
        this.events = new FunctionUrlEvent(config, ids);
    }

    /** Handles a request; blocks until the function's response has been sent. */
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
        var timeout = WriteTimeout.of(request, config.limits().stalled());
        try {
            switch (config.functionUrl().invokeMode()) {
                case BUFFERED -> buffered(event, timeout, response, callback);
                case RESPONSE_STREAM -> streamed(event, timeout, response, callback);
            }
        } catch (InvocationException e) {
            refuse(e, response, callback);
        } catch (BadHeadException e) {
            failed(response, callback);
        }
    }

    private void streamed(String event, WriteTimeout timeout, Response response, Callback callback)
            throws InvocationException, BadHeadException, InterruptedException {
        try {
            timeout.stop();
            try (var streamed =
                    functions.invokeWithResponseStream(config.functionUrl().functionName(), event)) {
                forward(streamed, timeout, response);
            } finally {
                timeout.start();
            }
            response.write(true, null, callback);
        } catch (FunctionFailedException e) {
            if (response.isCommitted()) {
                // The last chunk is missing, so that the client can distinguish an incomplete response from a complete
                // one.
                callback.failed(e);
            } else {
                failed(response, callback);
            }
        } catch (IOException clientLeft) {
            callback.failed(clientLeft);
        }
    }

    private static void forward(ResponseBody streamed, WriteTimeout timeout, Response response)
            throws IOException, BadHeadException {
        var buffer = new byte[16 * 1024];
        var prelude = new PreludeParser();
        ResponseHead head = null;
        if (!streamed.contentType().startsWith(PRELUDE_TYPE)) {
            head = new ResponseHead(200, List.of());
            begin(head, timeout, response);
        }
        for (int count = read(streamed.body(), buffer); count >= 0; count = read(streamed.body(), buffer)) {
            int taken = 0;
            if (head == null) {
                taken = prelude.feed(buffer, 0, count);
                head = prelude.head();
                if (head != null) {
                    begin(head, timeout, response);
                }
            }
            if (taken < count) {
                timeout.write(response, ByteBuffer.wrap(buffer, taken, count - taken));
            }
        }
        if (head == null) {
            throw new BadHeadException("The answer ended within its prelude");
        }
    }

    /**
     * The idle timeout of a request's connection, stopped while the function runs and started for each write. Otherwise
     * Jetty fails a write that begins in the instant in which the timeout ends a silence of the function.
     */
    private record WriteTimeout(EndPoint endPoint, Duration limit) {

        static WriteTimeout of(Request request, Duration limit) {
            return new WriteTimeout(
                    request.getConnectionMetaData().getConnection().getEndPoint(), limit);
        }

        void stop() {
            endPoint.setIdleTimeout(0);
        }

        void start() {
            endPoint.setIdleTimeout(limit.toMillis());
        }

        /** Writes a piece of the response; blocks until the connection has taken it. */
        void write(Response response, ByteBuffer piece) throws IOException {
            start();
            try {
                Content.Sink.write(response, false, piece);
            } finally {
                stop();
            }
        }
    }

    /** Reading failed because the function failed, in contrast to a failed write to the client. */
    private static final class FunctionFailedException extends IOException {
        private static final long serialVersionUID = 1;

        FunctionFailedException(IOException cause) {
            super("The function failed during its response", cause);
        }
    }

    private static int read(InputStream body, byte[] buffer) throws FunctionFailedException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new FunctionFailedException(e);
        }
    }

    private static void begin(ResponseHead head, WriteTimeout timeout, Response response) throws IOException {
        head.applyTo(response, "application/octet-stream");
        boolean chunks = response.getRequest().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
        if (chunks && head.status() != 204 && head.status() != 304) {
            // Otherwise Jetty ends the response to `Connection: close` by closing the connection, and an incomplete
            // response would look complete.
            response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
        }
        // Sends status and headers now: the first byte of the body may come much later.
        timeout.write(response, BufferUtil.EMPTY_BUFFER);
    }

    private void buffered(String event, WriteTimeout timeout, Response response, Callback callback)
            throws InvocationException, BadHeadException, InterruptedException {
        InvocationResult invoked;
        try {
            timeout.stop();
            invoked = functions.invoke(config.functionUrl().functionName(), event);
        } finally {
            timeout.start();
        }
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
            // Lambda answers 200 with the whole response as its body; of a JSON string, with the string's text.
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
