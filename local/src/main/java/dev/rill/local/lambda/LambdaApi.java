package dev.rill.local.lambda;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.MidStreamException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The part of AWS's public Lambda API that invokes functions, so that the CLI and the SDKs work against it: <a
 * href="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html">Invoke</a> and <a
 * href="https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html">InvokeWithResponseStream</a>.
 * Signatures and qualifiers are not checked. An asynchronous invocation ({@code Event}) is tried once. Other paths are
 * not handled. Requests block, so the server needs virtual threads or a large pool.
 */
public final class LambdaApi extends Handler.Abstract {

    private static final Pattern PATH = Pattern.compile(
            "/(?:2015-03-31/functions/(?<invoke>[^/]+)/invocations/?|2021-11-15/functions/(?<stream>[^/]+)/response-streaming-invocations/?)");
    private static final int SYNCHRONOUS_LIMIT = 6 * 1024 * 1024;
    private static final int ASYNCHRONOUS_LIMIT = 1024 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Functions functions;
    private final Predicate<String> exists;

    /**
     * @param functions invokes the functions
     * @param exists whether a function of a name exists, for requests that are answered before the invocation
     */
    public LambdaApi(Functions functions, Predicate<String> exists) {
        this.functions = functions;
        this.exists = exists;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        var path = PATH.matcher(request.getHttpURI().getCanonicalPath());
        if (!path.matches()) {
            return false;
        }
        response.getHeaders().put("x-amzn-RequestId", UUID.randomUUID().toString());
        if (!request.getMethod().equals("POST")) {
            Response.writeError(request, response, callback, 405);
            return true;
        }
        try {
            if (path.group("invoke") != null) {
                invoke(functionName(path.group("invoke")), request, response, callback);
            } else {
                stream(functionName(path.group("stream")), request, response, callback);
            }
        } catch (InvocationException e) {
            refuse(e, response, callback);
        }
        return true;
    }

    /** The name in a name or an ARN, with or without a qualifier. */
    private static String functionName(String encoded) {
        var name = URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        var parts = name.split(":", -1);
        return name.startsWith("arn:") && parts.length > 6 ? parts[6] : parts[0];
    }

    private void invoke(String name, Request request, Response response, Callback callback)
            throws InvocationException, InterruptedException, IOException {
        var type = header(request, "X-Amz-Invocation-Type", "RequestResponse");
        switch (type) {
            case "RequestResponse" -> {
                var invoked = functions.invoke(name, payload(request, SYNCHRONOUS_LIMIT));
                if (invoked.failed()) {
                    response.getHeaders().put("X-Amz-Function-Error", "Unhandled");
                }
                answer(200, invoked.payload(), response, callback);
            }
            case "Event" -> {
                var payload = payload(request, ASYNCHRONOUS_LIMIT);
                requireExisting(name);
                Thread.ofVirtual().name("lambda-event").start(() -> invokeOnce(name, payload));
                answer(202, "", response, callback);
            }
            case "DryRun" -> {
                var _ = payload(request, SYNCHRONOUS_LIMIT);
                requireExisting(name);
                response.setStatus(204);
                callback.succeeded();
            }
            default ->
                throw new InvocationException(
                        "InvalidParameterValueException",
                        400,
                        "InvocationType " + type + " is not Event, RequestResponse or DryRun");
        }
    }

    private void invokeOnce(String name, String payload) {
        try {
            functions.invoke(name, payload);
        } catch (InvocationException e) {
            // No caller waits for an asynchronous invocation. The service has logged the failure.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stream(String name, Request request, Response response, Callback callback)
            throws InvocationException, InterruptedException, IOException {
        var payload = payload(request, SYNCHRONOUS_LIMIT);
        if (header(request, "X-Amz-Invocation-Type", "RequestResponse").equals("DryRun")) {
            requireExisting(name);
            response.setStatus(204);
            callback.succeeded();
            return;
        }
        var complete = JSON.createObjectNode();
        try (var streamed = functions.invokeWithResponseStream(name, payload)) {
            var out = beginStream(response);
            try {
                pass(streamed.body(), out);
            } catch (MidStreamException e) {
                complete.put("ErrorCode", e.errorType()).put("ErrorDetails", e.getMessage());
            }
            endStream(complete, out, callback);
        } catch (InvocationException e) {
            if (e.status() != LambdaService.FUNCTION_FAILED) {
                throw e;
            }
            complete.put("ErrorCode", e.code()).put("ErrorDetails", e.getMessage());
            endStream(complete, beginStream(response), callback);
        }
    }

    private static OutputStream beginStream(Response response) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/vnd.amazon.eventstream");
        response.getHeaders().put("X-Amz-Executed-Version", "$LATEST");
        return Content.Sink.asOutputStream(response);
    }

    private static void pass(InputStream body, OutputStream out) throws IOException {
        var buffer = new byte[16 * 1024];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            out.write(
                    EventStreamMessage.event("PayloadChunk", "application/octet-stream", Arrays.copyOf(buffer, count)));
        }
    }

    private static void endStream(ObjectNode complete, OutputStream out, Callback callback) throws IOException {
        var json = complete.toString().getBytes(StandardCharsets.UTF_8);
        out.write(EventStreamMessage.event("InvokeComplete", "application/json", json));
        out.close();
        callback.succeeded();
    }

    private void requireExisting(String name) throws InvocationException {
        if (!exists.test(name)) {
            throw new InvocationException("ResourceNotFoundException", 404, "Function not found: " + name);
        }
    }

    /**
     * Reads the body, before anything is answered: Jetty closes the connection of a request that was not read, and a
     * client that uses it for the next one finds it closed.
     */
    private static String payload(Request request, int limit) throws IOException, InvocationException {
        try (var body = Content.Source.asInputStream(request)) {
            var bytes = body.readNBytes(limit + 1);
            if (bytes.length > limit) {
                body.skipNBytes(Math.max(0, request.getLength() - bytes.length));
                throw new InvocationException(
                        "RequestTooLargeException",
                        413,
                        "Request must be smaller than " + limit + " bytes for the InvokeFunction operation");
            }
            return bytes.length == 0 ? "{}" : new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static String header(Request request, String name, String otherwise) {
        var value = request.getHeaders().get(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static void refuse(InvocationException error, Response response, Callback callback) {
        response.getHeaders().put("x-amzn-ErrorType", error.code());
        var json = JSON.createObjectNode()
                .put("Type", error.status() < 500 ? "User" : "Service")
                .put("Message", error.getMessage())
                .toString();
        answer(error.status(), json, response, callback);
    }

    private static void answer(int status, String json, Response response, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put("X-Amz-Executed-Version", "$LATEST");
        response.write(true, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), callback);
    }
}
