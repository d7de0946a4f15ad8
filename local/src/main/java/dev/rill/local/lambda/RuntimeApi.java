package dev.rill.local.lambda;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Lambda's <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">Runtime API</a>, version
 * 2018-06-01, on loopback. Each environment has its own port, because a runtime is configured with {@code host:port}
 * only and its requests do not identify it.
 */
final class RuntimeApi implements AutoCloseable {

    /** The limit of a buffered payload: 6 MB and 100 bytes. */
    static final int BUFFERED_LIMIT = 6 * 1024 * 1024 + 100;

    /** The limit of a streamed response. */
    static final int STREAMED_LIMIT = 200 * 1024 * 1024;

    private static final Pattern PATH = Pattern.compile("/2018-06-01/runtime/(?:"
            + "(?<phase>invocation/next|init/error|restore/next|restore/error)"
            + "|invocation/(?<id>[^/]+)/(?<answer>response|error))");
    private static final String ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
    private static final String ERROR_BODY = "Lambda-Runtime-Function-Error-Body";
    private static final String RESPONSE_MODE = "Lambda-Runtime-Function-Response-Mode";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LambdaSettings settings;
    private final Server server;
    private final Map<Connector, ExecutionEnvironment> environments = new ConcurrentHashMap<>();

    RuntimeApi(LambdaSettings settings) throws IOException {
        this.settings = settings;
        // Each listener has one platform thread; requests run on virtual threads.
        var threads = new QueuedThreadPool(2_000, 4);
        threads.setName("runtime-api");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        this.server = new Server(threads);
        server.setHandler(new Api());
        server.setStopTimeout(0);
        try {
            server.start();
        } catch (Exception e) {
            throw new IOException("the Runtime API does not start: " + e.getMessage(), e);
        }
    }

    /** Opens a port for an environment. The caller closes it when the environment has ended. */
    Listener listen(ExecutionEnvironment environment) throws IOException {
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        var connector = new ServerConnector(server, null, null, null, 0, 1, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        // A runtime may wait for days in `next`, and send nothing for minutes within a response.
        connector.setIdleTimeout(0);
        environments.put(connector, environment);
        server.addConnector(connector);
        try {
            connector.start();
        } catch (Exception e) {
            new Listener(connector).close();
            throw new IOException("the Runtime API cannot open a port: " + e.getMessage(), e);
        }
        return new Listener(connector);
    }

    /** The port of one environment. */
    final class Listener implements AutoCloseable {
        private final ServerConnector connector;

        private Listener(ServerConnector connector) {
            this.connector = connector;
        }

        /** The value for {@code AWS_LAMBDA_RUNTIME_API}. */
        String address() {
            return "127.0.0.1:" + connector.getLocalPort();
        }

        @Override
        public void close() {
            environments.remove(connector);
            server.removeConnector(connector);
            LifeCycle.stop(connector);
        }
    }

    @Override
    public void close() {
        LifeCycle.stop(server);
    }

    private final class Api extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            var environment = environments.get(request.getConnectionMetaData().getConnector());
            var path = PATH.matcher(Request.getPathInContext(request));
            if (environment == null || !path.matches()) {
                return false;
            }
            var exchange = new Exchange(environment, request, response, callback);
            var phase = path.group("phase");
            switch (request.getMethod() + " " + (phase == null ? path.group("answer") : phase)) {
                case "GET invocation/next" -> exchange.next();
                case "GET restore/next" -> exchange.restore();
                case "POST init/error", "POST restore/error" -> exchange.initError();
                case "POST response" -> exchange.response(path.group("id"));
                case "POST error" -> exchange.error(path.group("id"));
                default -> Response.writeError(request, response, callback, 405);
            }
            return true;
        }
    }

    /** One request of a runtime. */
    private final class Exchange {

        private final ExecutionEnvironment environment;
        private final Request request;
        private final Response response;
        private final Callback callback;

        private Exchange(ExecutionEnvironment environment, Request request, Response response, Callback callback) {
            this.environment = environment;
            this.request = request;
            this.response = response;
            this.callback = callback;
        }

        private void next() throws InterruptedException {
            var next = environment.next();
            if (next.isEmpty()) {
                refuse(410, "EnvironmentEnded", "The environment has been ended");
                return;
            }
            var invocation = next.get();
            var headers = response.getHeaders();
            headers.put("Lambda-Runtime-Aws-Request-Id", invocation.requestId());
            headers.put(
                    "Lambda-Runtime-Deadline-Ms",
                    Long.toString(invocation.deadline().toEpochMilli()));
            headers.put("Lambda-Runtime-Invoked-Function-Arn", settings.functionArn(environment.function()));
            headers.put("Lambda-Runtime-Trace-Id", traceId(invocation));
            headers.put(HttpHeader.CONTENT_TYPE, "application/json");
            response.write(true, ByteBuffer.wrap(invocation.payload()), callback);
        }

        /** An X-Ray trace header that is derived from the request's id, not sampled. */
        private String traceId(Invocation invocation) {
            var digits = invocation.requestId().replace("-", "");
            long started = invocation
                    .deadline()
                    .minus(environment.function().timeout())
                    .getEpochSecond();
            return "Root=1-%08x-%s;Parent=%s;Sampled=0"
                    .formatted(started, digits.substring(0, 24), digits.substring(16));
        }

        /**
         * No snapshot is taken: the response is immediate, so that the hooks before the checkpoint and after the
         * restore run.
         */
        private void restore() {
            response.write(true, ByteBuffer.allocate(0), callback);
        }

        private void initError() throws IOException {
            if (environment.initFailed(reportedError())) {
                accept();
            } else {
                refuse(403, "InvalidStateTransition", "The init phase is over");
            }
        }

        private void error(String requestId) throws IOException {
            var invocation = environment.current(requestId).orElse(null);
            if (invocation == null) {
                refuse(400, "InvalidRequestID", "Invalid request ID");
            } else if (invocation.failed(reportedError())) {
                accept();
            } else {
                refuse(403, "InvalidStateTransition", "The invocation has been answered");
            }
        }

        private FunctionError reportedError() throws IOException {
            var type = header(ERROR_TYPE);
            return FunctionError.reported(type, Content.Source.asString(request, StandardCharsets.UTF_8));
        }

        private void response(String requestId) throws IOException, InterruptedException {
            var invocation = environment.current(requestId).orElse(null);
            var mode = header(RESPONSE_MODE);
            if (invocation == null) {
                refuse(400, "InvalidRequestID", "Invalid request ID");
            } else if (!mode.isEmpty() && !mode.equals("streaming")) {
                invocation.failed(
                        FunctionError.of(FunctionError.INVALID_MODE, "Invalid function response mode " + mode));
                refuse(400, "InvalidFunctionResponseMode", "Invalid function response mode");
            } else if (!invocation.begin(header("Content-Type"))) {
                refuse(403, "InvalidStateTransition", "The invocation has been answered");
            } else if (invocation.mode() == Invocation.Mode.STREAMED && mode.equals("streaming")) {
                pass(invocation, STREAMED_LIMIT);
            } else {
                pass(invocation, BUFFERED_LIMIT);
            }
        }

        /**
         * Forwards the body, each piece as it arrives. If the body is cut off, the invocation stays unanswered until
         * the process makes another request or ends.
         */
        private void pass(Invocation invocation, int limit) throws IOException, InterruptedException {
            if (request.getLength() > limit) {
                tooLarge(invocation, limit);
                return;
            }
            try (var body = Content.Source.asInputStream(request)) {
                var buffer = new byte[16 * 1024];
                long total = 0;
                for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                    total += count;
                    if (total > limit) {
                        tooLarge(invocation, limit);
                        return;
                    }
                    if (invocation.response().write(buffer, 0, count) == ResponsePipe.WriteResult.REFUSED) {
                        invocation.answered();
                        refuse(410, "ClientDisconnected", "The client has left");
                        return;
                    }
                }
            }
            var failure = trailer(request.getTrailers());
            if (failure == null) {
                invocation.answered();
            } else {
                invocation.failed(failure);
            }
            accept();
        }

        private void tooLarge(Invocation invocation, int limit) {
            invocation.failed(FunctionError.of(
                    FunctionError.TOO_LARGE,
                    "Response payload size exceeded maximum allowed payload size (" + limit + " bytes)."));
            refuse(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (" + limit + " bytes).");
        }

        private @Nullable FunctionError trailer(@Nullable HttpFields trailers) {
            String type = trailers == null ? null : trailers.get(ERROR_TYPE);
            if (trailers == null || type == null) {
                return null;
            }
            var body = trailers.get(ERROR_BODY);
            if (body == null) {
                return FunctionError.of(type, "");
            }
            try {
                var decoded = new String(Base64.getDecoder().decode(body.trim()), StandardCharsets.UTF_8);
                var told = FunctionError.reported(type, decoded);
                return new FunctionError(type, told.message(), told.payload());
            } catch (IllegalArgumentException e) {
                return FunctionError.of(type, ERROR_BODY + " is not base64");
            }
        }

        private String header(String name) {
            var field = request.getHeaders().getField(name);
            return field == null || field.getValue() == null ? "" : field.getValue();
        }

        private void accept() {
            answer(202, JSON.createObjectNode().put("status", "OK").toString());
        }

        private void refuse(int status, String type, String message) {
            answer(
                    status,
                    JSON.createObjectNode()
                            .put("errorType", type)
                            .put("errorMessage", message)
                            .toString());
        }

        private void answer(int status, String json) {
            response.setStatus(status);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.write(true, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), callback);
        }
    }
}
