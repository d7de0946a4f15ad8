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
 * Forwards requests to DynamoDB and its responses back, bodies byte for byte, and answers with one of AWS's errors if a
 * fault is injected.
 *
 * <p>A request and its response are held in memory until the response has been sent. Each request has its own virtual
 * thread. If DynamoDB does not answer, the client's connection is closed; a request is never sent twice. Closing the
 * proxy stops listening and leaves DynamoDB running.
 */
public final class DynamoDbProxy implements AutoCloseable {
    static {
        // The JDK's HTTP client reads this property once per process. Its default keeps idle connections for 30 s, as
        // long as the Jetty server of DynamoDB Local: the client would sometimes send on a connection that is being
        // closed, and it does not repeat such a request.
        System.setProperty("jdk.httpclient.keepalive.timeout", "10");
    }

    private static final JsonMapper JSON = new JsonMapper();
    private static final String ERRORS = "com.amazonaws.dynamodb.v20120810#";
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** Longer than the timeout of any client. */
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    /** Headers that belong to one connection, and headers that the HTTP client sets itself. */
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
        // The first requests of many functions arrive at once. With the system's default of 50 some of them would wait
        // for a second or more.
        connector.setAcceptQueueSize(1024);
        server.addConnector(connector);
        server.setHandler(new ForwardHandler());
    }

    /**
     * Starts listening on a free loopback port.
     *
     * @throws IOException if no port is free
     */
    public static DynamoDbProxy start(URI dynamoDb, DynamoDbFaults faults) throws IOException {
        var proxy = new DynamoDbProxy(dynamoDb, faults);
        try {
            proxy.server.start();
            return proxy;
        } catch (Exception e) {
            proxy.close();
            throw new IOException("the DynamoDB proxy can't listen: " + e.getMessage(), e);
        }
    }

    /** The value for {@code AWS_ENDPOINT_URL_DYNAMODB}. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the DynamoDB proxy can't be stopped", e);
        } finally {
            client.shutdownNow();
            threads.shutdownNow();
        }
    }

    private final class ForwardHandler extends Handler.Abstract {

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
            // Closes the connection as DynamoDB would. A response made here would be one that DynamoDB never sends.
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
