package dev.rill.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.lambda.LambdaAsyncClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.InvokeWithResponseStreamResponseHandler;
import software.amazon.awssdk.services.lambda.model.RequestTooLargeException;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.lambda.model.TooManyRequestsException;

/** The public API on scripted {@link Functions}, tested with AWS's own client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class LambdaApiTest {

    private final LinkedBlockingQueue<String> invoked = new LinkedBlockingQueue<>();
    private Server server;
    private LambdaAsyncClient client;
    private int port;

    private final Functions functions = new Functions() {
        @Override
        public InvocationResult invoke(String functionName, String payload) throws InvocationException {
            invoked.add(functionName + " " + payload);
            return switch (functionName) {
                case "Echo" -> new InvocationResult(payload, false);
                case "Failing" -> new InvocationResult("{\"errorMessage\":\"boom\"}", true);
                case "Busy" -> throw new InvocationException("TooManyRequestsException", 429, "Rate Exceeded.");
                default -> throw new InvocationException("ResourceNotFoundException", 404, "Function not found");
            };
        }

        @Override
        public ResponseBody invokeWithResponseStream(String functionName, String payload) throws InvocationException {
            return switch (functionName) {
                case "Echo" -> new ResponseBody("application/octet-stream", new PieceByPiece(payload.split(" ", -1)));
                case "Failing" ->
                    new ResponseBody(
                            "application/octet-stream",
                            new SequenceInputStream(
                                    new ByteArrayInputStream("half".getBytes(StandardCharsets.UTF_8)), new Broken()));
                case "FailingAtOnce" -> throw new InvocationException("Sandbox.Timedout", 502, "Task timed out");
                default -> throw new InvocationException("ResourceNotFoundException", 404, "Function not found");
            };
        }
    };

    @BeforeAll
    void start() throws Exception {
        server = new Server();
        var connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new LambdaApi(functions, List.of("Echo", "Failing", "FailingAtOnce", "Busy")::contains));
        server.start();
        port = connector.getLocalPort();
        client = LambdaAsyncClient.builder()
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create("http://127.0.0.1:" + connector.getLocalPort()))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .overrideConfiguration(config -> config.retryStrategy(retry -> retry.maxAttempts(1)))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder())
                .build();
    }

    @AfterAll
    void stop() throws Exception {
        client.close();
        server.stop();
    }

    @Test
    void invokeReturnsThePayload() {
        var response = invoke("Echo", "{\"say\":\"grüß dich\"}", InvocationType.REQUEST_RESPONSE);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.functionError()).isNull();
        assertThat(response.payload().asUtf8String()).isEqualTo("{\"say\":\"grüß dich\"}");
    }

    @Test
    void anArnWithAQualifierNamesTheFunction() {
        assertThat(invoke(
                                "arn:aws:lambda:us-east-1:123456789012:function:Echo:live",
                                "{}",
                                InvocationType.REQUEST_RESPONSE)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aFunctionErrorIsMarked() {
        var response = invoke("Failing", "{}", InvocationType.REQUEST_RESPONSE);
        assertThat(response.functionError()).isEqualTo("Unhandled");
        assertThat(response.payload().asUtf8String()).isEqualTo("{\"errorMessage\":\"boom\"}");
    }

    @Test
    void anEventIsAcceptedAndRun() throws InterruptedException {
        assertThat(invoke("Echo", "{\"later\":1}", InvocationType.EVENT).statusCode())
                .isEqualTo(202);
        var seen = "";
        while (!seen.equals("Echo {\"later\":1}")) {
            seen = invoked.poll(10, TimeUnit.SECONDS);
            assertThat(seen).isNotNull();
        }
    }

    @Test
    void aDryRunRunsNothing() {
        assertThat(invoke("Echo", "{\"dry\":1}", InvocationType.DRY_RUN).statusCode())
                .isEqualTo(204);
        assertThat(invoked).doesNotContain("Echo {\"dry\":1}");
    }

    @Test
    void errorsAreTyped() {
        assertThat(failure("Unknown", "{}", InvocationType.REQUEST_RESPONSE))
                .isInstanceOf(ResourceNotFoundException.class);
        assertThat(failure("Unknown", "{}", InvocationType.EVENT)).isInstanceOf(ResourceNotFoundException.class);
        assertThat(failure("Unknown", "{}", InvocationType.DRY_RUN)).isInstanceOf(ResourceNotFoundException.class);
        assertThat(failure("Busy", "{}", InvocationType.REQUEST_RESPONSE)).isInstanceOf(TooManyRequestsException.class);
        assertThat(failure("Echo", "x".repeat(6 * 1024 * 1024 + 1), InvocationType.REQUEST_RESPONSE))
                .isInstanceOf(RequestTooLargeException.class);
        assertThat(failure("Echo", "x".repeat(1024 * 1024 + 1), InvocationType.EVENT))
                .isInstanceOf(RequestTooLargeException.class);
    }

    /** The second half of the body comes when the server could have answered already. */
    @ParameterizedTest
    @ValueSource(strings = {"Event", "DryRun", "RequestResponse"})
    void connectionIsUsableAfterARefusal(String type) throws IOException {
        var body = new byte[1024 * 1024];
        var head =
                "POST /2015-03-31/functions/Unknown/invocations HTTP/1.1\r\nHost: localhost\r\nX-Amz-Invocation-Type: "
                        + type + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            var in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < 2; i++) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                assertThat(statusOfNext(in)).isEqualTo("HTTP/1.1 404 Not Found");
            }
        }
    }

    private static String statusOfNext(BufferedInputStream in) throws IOException {
        var status = line(in);
        int length = 0;
        for (var header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        in.skipNBytes(length);
        return status;
    }

    private static String line(BufferedInputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Test
    void aStreamArrivesAsChunksAndACompletion() {
        assertThat(stream("Echo", "one two three")).isEqualTo("chunk one;chunk two;chunk three;complete null null");
    }

    @Test
    void aFailureWithinTheStreamIsInTheCompletion() {
        assertThat(stream("Failing", "{}")).isEqualTo("chunk half;complete Sample.Error midway");
    }

    @Test
    void aFailureBeforeTheFirstByteIsInTheCompletion() {
        assertThat(stream("FailingAtOnce", "{}")).isEqualTo("complete Sandbox.Timedout Task timed out");
    }

    @Test
    void aStreamOfAnUnknownFunctionIsRefused() {
        var refused = catchThrowableOfType(CompletionException.class, () -> stream("Unknown", "{}"));
        assertThat(refused).hasCauseInstanceOf(ResourceNotFoundException.class);
    }

    private InvokeResponse invoke(String name, String payload, InvocationType type) {
        return client.invoke(request ->
                        request.functionName(name).invocationType(type).payload(SdkBytes.fromUtf8String(payload)))
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private Throwable failure(String name, String payload, InvocationType type) {
        var failure = catchThrowableOfType(CompletionException.class, () -> invoke(name, payload, type));
        return Objects.requireNonNull(failure.getCause());
    }

    private String stream(String name, String payload) {
        List<String> trace = new ArrayList<>();
        var handler = InvokeWithResponseStreamResponseHandler.builder()
                .subscriber(InvokeWithResponseStreamResponseHandler.Visitor.builder()
                        .onPayloadChunk(
                                chunk -> trace.add("chunk " + chunk.payload().asUtf8String()))
                        .onInvokeComplete(complete ->
                                trace.add("complete " + complete.errorCode() + " " + complete.errorDetails()))
                        .build())
                .build();
        client.invokeWithResponseStream(
                        request -> request.functionName(name).payload(SdkBytes.fromUtf8String(payload)), handler)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
        return String.join(";", trace);
    }

    /** Returns one piece for each read. */
    private static final class PieceByPiece extends InputStream {
        private final String[] pieces;
        private int next;

        PieceByPiece(String[] pieces) {
            this.pieces = pieces;
        }

        @Override
        public int read() {
            throw new AssertionError("read by single bytes");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (next == pieces.length) {
                return -1;
            }
            var piece = pieces[next++].getBytes(StandardCharsets.UTF_8);
            System.arraycopy(piece, 0, buffer, offset, piece.length);
            return piece.length;
        }
    }

    /** A function that has failed. */
    private static final class Broken extends InputStream {
        @Override
        public int read() throws Functions.MidStreamException {
            throw new Functions.MidStreamException("Sample.Error", "midway");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws Functions.MidStreamException {
            throw new Functions.MidStreamException("Sample.Error", "midway");
        }
    }
}
