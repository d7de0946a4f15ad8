package dev.rill.local.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * Passes requests on to DynamoDB and its answers back, bodies byte for byte, and answers with one of AWS's errors where
 * a fault is due.
 *
 * <p>Holds a request and its answer in memory while they are under way. A virtual thread for each. Where DynamoDB does
 * not answer, the client's connection is cut; a request is never sent twice. Close it to stop listening; DynamoDB stays
 * as it is.
 */
public final class DynamoDbProxy implements AutoCloseable {
    static {
        // Read once, at the first use of a process. Left to itself, the client keeps idle connections for as long as
        // Jetty, with which
        // DynamoDB Local listens: for 30 s. It would now and then send on one that is just being closed, which it does
        // not repeat.
        System.setProperty("jdk.httpclient.keepalive.timeout", "10");
    }

    private static final JsonMapper JSON = new JsonMapper();
    private static final String ERRORS = "com.amazonaws.dynamodb.v20120810#";
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** Longer than any client waits. */
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    /** Those of one connection, and those that each client sets itself. */
    private static final Set<String> NOT_PASSED = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final URI dynamoDb;
    private final DynamoDbFaults faults;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_LIMIT)
            .executor(threads)
            .build();
    private final Server server = new Server(new VirtualThreadPool());
    private final ServerConnector connector;

    private DynamoDbProxy(URI dynamoDb, DynamoDbFaults faults) {
        this.dynamoDb = dynamoDb;
        this.faults = faults;
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        this.connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        // Many functions' first requests come at once; the system's 50 would leave some waiting for a second and more.
        connector.setAcceptQueueSize(1024);
        server.addConnector(connector);
        server.setHandler(new Passing());
    }

    /**
     * Starts listening on a free loopback port.
     *
     * @throws IOException where there is none
     */
    public static DynamoDbProxy start(URI dynamoDb, DynamoDbFaults faults) throws IOException {
        var proxy = new DynamoDbProxy(dynamoDb, faults);
        try {
            proxy.server.start();
            return proxy;
        } catch (Exception e) {
            proxy.close();
            throw new IOException("the proxy of DynamoDB cannot listen: " + e.getMessage(), e);
        }
    }

    /** For {@code AWS_ENDPOINT_URL_DYNAMODB}. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the proxy of DynamoDB does not stop", e);
        } finally {
            client.shutdownNow();
            threads.shutdownNow();
        }
    }

    private final class Passing extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            var body = Content.Source.asInputStream(request).readAllBytes();
            var asked =
                    new DynamoDbRequest(Optional.ofNullable(request.getHeaders().get("X-Amz-Target")), body);
            switch (faults.before(asked)) {
                case NONE -> pass(request, body, response, callback);
                case THROTTLED ->
                    refuse(
                            400,
                            error(
                                    "ProvisionedThroughputExceededException",
                                    "The level of configured provisioned throughput for the table was exceeded (an injected fault)"),
                            response,
                            callback);
                case CONDITIONAL_FAILED -> refuse(400, conditionFailed(asked), response, callback);
                case INTERNAL_ERROR ->
                    refuse(
                            500,
                            error("InternalServerError", "Internal server error (an injected fault)"),
                            response,
                            callback);
            }
            return true;
        }
    }

    private void pass(Request request, byte[] body, Response response, Callback callback)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = client.send(forwarded(request, body), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            // As if DynamoDB itself had cut it; an answer of our own would be one that DynamoDB never gives.
            request.getConnectionMetaData().getConnection().getEndPoint().close();
            callback.failed(e);
            return;
        }
        response.setStatus(answer.statusCode());
        answer.headers().map().forEach((name, values) -> {
            if (isPassed(name)) {
                response.getHeaders().put(name, values);
            }
        });
        response.write(true, ByteBuffer.wrap(answer.body()), callback);
    }

    private HttpRequest forwarded(Request request, byte[] body) {
        var forwarded = HttpRequest.newBuilder(
                        dynamoDb.resolve(request.getHttpURI().getPathQuery()))
                .timeout(ANSWER_LIMIT)
                .method(request.getMethod(), BodyPublishers.ofByteArray(body));
        for (var header : request.getHeaders()) {
            if (isPassed(header.getName()) && header.getValue() != null) {
                forwarded.header(header.getName(), header.getValue());
            }
        }
        return forwarded.build();
    }

    private static boolean isPassed(String header) {
        return !NOT_PASSED.contains(header.toLowerCase(Locale.ROOT));
    }

    private static ObjectNode error(String type, String message) {
        return JSON.createObjectNode().put("__type", ERRORS + type).put("message", message);
    }

    private static ObjectNode conditionFailed(DynamoDbRequest request) {
        if (!request.operation().equals("TransactWriteItems")) {
            return error("ConditionalCheckFailedException", "The conditional request failed");
        }
        var error = JSON.createObjectNode().put("__type", ERRORS + "TransactionCanceledException");
        var reasons = error.putArray("CancellationReasons");
        var codes = new StringBuilder();
        int blamed = request.firstCondition().orElse(0);
        for (int place = 0; place < request.items(); place++) {
            var reason = reasons.addObject();
            if (place == blamed) {
                reason.put("Code", "ConditionalCheckFailed").put("Message", "The conditional request failed");
            } else {
                reason.put("Code", "None");
            }
            codes.append(place == 0 ? "" : ", ").append(reason.path("Code").textValue());
        }
        return error.put(
                "Message",
                "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]");
    }

    private static void refuse(int status, ObjectNode error, Response response, Callback callback) {
        var body = error.toString().getBytes(UTF_8);
        var checksum = new CRC32();
        checksum.update(body);
        response.setStatus(status);
        response.getHeaders()
                .put("Content-Type", "application/x-amz-json-1.0")
                .put("x-amzn-RequestId", UUID.randomUUID().toString())
                .put("x-amz-crc32", String.valueOf(checksum.getValue()));
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
