package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.RequestOptions;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpResponse;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * Sends openai-java's requests with OkHttp. openai-java's own transport hides the call, without which no other thread
 * can end a read. Blocks the calling thread; on a virtual thread an interrupt ends the wait at once.
 *
 * <p>There is no timeout for the whole request: a response may take any time while bytes arrive.
 */
final class OkHttpTransport implements HttpClient {

    private static final int IDLE_CONNECTIONS = 64;
    private static final int KEEP_ALIVE_SECONDS = 60;

    /**
     * Limit of an error's body: longer than any message that a client is shown, and short enough to protect the memory
     * from a broken server.
     */
    static final int MAX_ERROR_BYTES = 64 * 1024;

    /** Limit of the list of models; OpenRouter's has about 1 MB. */
    private static final int MAX_PAGE_BYTES = 4 * 1024 * 1024;

    /** Limit of an answer in one piece: twice the longest conversation. */
    private static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;

    private static final Duration PAGE_LIMIT = Duration.ofSeconds(3);

    private enum Phase {
        CONNECTING,
        EXCHANGING
    }

    /** How far a request has come. Only the thread of the request writes it. */
    private static final class Progress {
        private Phase phase = Phase.CONNECTING;
    }

    /** The request that the calling thread is making. */
    private static final ScopedValue<Exchange> EXCHANGE = ScopedValue.newInstance();

    /** The body of a request and its call, which openai-java does not pass on. Only the requesting thread uses it. */
    private static final class Exchange {
        private final ObjectNode body;
        private @Nullable Call call;

        Exchange(ObjectNode body) {
            this.body = body;
        }
    }

    /**
     * A response whose body can be cut off from another thread.
     *
     * @param response openai-java's response; closing it or its body ends the exchange
     * @param abort closes the connection
     */
    record AbortableResponse(HttpResponse response, Runnable abort) {

        AbortableInputStream body() {
            return new AbortableInputStream(response.body(), abort);
        }
    }

    private final OkHttpClient client;

    /** A transport that sends requests as they are. */
    static OkHttpTransport unsigned(Duration connectLimit, Duration idleLimit) {
        return new OkHttpTransport(builder(connectLimit, idleLimit).build());
    }

    /** A transport that signs each request. */
    static OkHttpTransport signed(Duration connectLimit, Duration idleLimit, RequestSigner signer) {
        return new OkHttpTransport(builder(connectLimit, idleLimit)
                .addInterceptor(new SigningInterceptor(signer))
                .build());
    }

    private OkHttpTransport(OkHttpClient client) {
        this.client = client;
    }

    private static OkHttpClient.Builder builder(Duration connectLimit, Duration idleLimit) {
        return new OkHttpClient.Builder()
                .connectTimeout(connectLimit)
                .readTimeout(idleLimit)
                .writeTimeout(idleLimit)
                .callTimeout(Duration.ZERO)
                // The key is sent to the configured server only.
                .followRedirects(false)
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS))
                .addNetworkInterceptor(chain -> {
                    progressOf(chain.request()).phase = Phase.EXCHANGING;
                    return chain.proceed(chain.request());
                });
    }

    /**
     * Makes a request of openai-java with this body. openai-java itself would build one of its own types from the body,
     * write that into an array of bytes, and keep both while the response is read. Here the body goes from the tree to
     * the connection.
     *
     * @param request makes one request on the calling thread
     */
    static AbortableResponse send(
            ObjectNode body, ScopedValue.CallableOp<? extends HttpResponse, RuntimeException> request) {
        var exchange = new Exchange(body);
        var response = ScopedValue.where(EXCHANGE, exchange).call(request);
        return new AbortableResponse(response, Objects.requireNonNull(exchange.call)::cancel);
    }

    /**
     * {@inheritDoc}
     *
     * @throws HttpStatusException for a status other than 2xx: openai-java would read the whole body and keep one field
     *     of it
     * @throws TransportException if no status was received
     */
    @Override
    public HttpResponse execute(HttpRequest request, RequestOptions options) {
        var exchange = EXCHANGE.get();
        var outgoing = translate(request, exchange.body);
        var call = client.newCall(outgoing);
        exchange.call = call;
        try {
            var response = call.execute();
            if (!response.isSuccessful()) {
                throw refused(call, response);
            }
            return new OkHttpResponse(response);
        } catch (IOException e) {
            throw new TransportException(failureOf(e, progressOf(outgoing).phase), e);
        }
    }

    private static HttpStatusException refused(Call call, Response response) {
        var body = "";
        try (response) {
            var bytes = Objects.requireNonNull(response.body()).byteStream().readNBytes(MAX_ERROR_BYTES);
            body = new String(bytes, StandardCharsets.UTF_8);
            if (bytes.length == MAX_ERROR_BYTES) {
                // The rest of the body is not read.
                call.cancel();
            }
        } catch (IOException _) {
            // The status is enough to map the failure.
        }
        return new HttpStatusException(response.code(), translate(response.headers()), body);
    }

    /**
     * Reads a page within {@link #PAGE_LIMIT}. Empty if the server refuses, fails or can't be reached, or if the page
     * is longer than 4 MB.
     *
     * @param key sent as a bearer token
     */
    Optional<String> find(String url, String key) {
        var request = new Request.Builder()
                .url(url)
                .header("Authorization", "Bearer " + key)
                .header("Accept", "application/json")
                .tag(Progress.class, new Progress())
                .build();
        var hasty = client.newBuilder().callTimeout(PAGE_LIMIT).build();
        try (var response = hasty.newCall(request).execute()) {
            var bytes = Objects.requireNonNull(response.body()).byteStream().readNBytes(MAX_PAGE_BYTES + 1);
            return response.isSuccessful() && bytes.length <= MAX_PAGE_BYTES
                    ? Optional.of(new String(bytes, StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /**
     * Sends a request whose answer is one JSON object, and returns the text of the answer.
     *
     * @param key sent as a bearer token
     * @param atMost after which time the request is given up, also while no byte arrives; less than a millisecond fails
     *     at once
     * @throws HttpStatusException for a status other than 2xx
     * @throws TransportException if no complete answer was received, or one of more than 16 MB
     */
    String post(String url, String key, ObjectNode body, Duration atMost) {
        if (atMost.toMillis() < 1) {
            throw new TransportException(ModelFailure.STALLED, new InterruptedIOException("no time is left"));
        }
        var request = new Request.Builder()
                .url(url)
                .header("Authorization", "Bearer " + key)
                .header("Accept", "application/json")
                .post(new JsonRequestBody(body))
                .tag(Progress.class, new Progress())
                .build();
        var patient =
                client.newBuilder().callTimeout(atMost).readTimeout(atMost).build();
        var call = patient.newCall(request);
        try {
            var response = call.execute();
            if (!response.isSuccessful()) {
                throw refused(call, response);
            }
            try (response) {
                var bytes = Objects.requireNonNull(response.body()).byteStream().readNBytes(MAX_ANSWER_BYTES + 1);
                if (bytes.length > MAX_ANSWER_BYTES) {
                    throw new TransportException(
                            ModelFailure.INVALID_OUTPUT, new IOException("an answer of more than 16 MB"));
                }
                return new String(bytes, StandardCharsets.UTF_8);
            }
        } catch (InterruptedIOException e) {
            // The time is over. A timeout of the connection itself is one of these as well.
            var phase = progressOf(request).phase;
            throw new TransportException(phase == Phase.CONNECTING ? failureOf(e, phase) : ModelFailure.STALLED, e);
        } catch (IOException e) {
            throw new TransportException(failureOf(e, progressOf(request).phase), e);
        }
    }

    private static Headers translate(okhttp3.Headers headers) {
        var translated = Headers.builder();
        headers.forEach(header -> translated.put(header.getFirst(), header.getSecond()));
        return translated.build();
    }

    private static ModelFailure failureOf(IOException e, Phase phase) {
        return switch (phase) {
            case CONNECTING -> ModelFailure.UNREACHABLE;
            case EXCHANGING -> e instanceof SocketTimeoutException ? ModelFailure.STALLED : ModelFailure.DISCONNECTED;
        };
    }

    /** Not supported: Rill waits on virtual threads. */
    @Override
    public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
        throw new UnsupportedOperationException("this transport blocks");
    }

    /** Closes idle connections. The next request opens a new one. */
    @Override
    public void close() {
        client.connectionPool().evictAll();
    }

    private static Request translate(HttpRequest request, ObjectNode body) {
        var builder = new Request.Builder()
                .url(request.url())
                .method(request.method().name(), new JsonRequestBody(body))
                .tag(Progress.class, new Progress());
        for (var name : request.headers().names()) {
            for (var value : request.headers().values(name)) {
                builder.addHeader(name, value);
            }
        }
        return builder.build();
    }

    private static Progress progressOf(Request request) {
        return Objects.requireNonNull(request.tag(Progress.class));
    }

    /**
     * A body that is sent at most once: OkHttp may try another address of the host, but never repeats a request that
     * the server may have received. The body is released once it is sent, because a call keeps its request while the
     * response is read.
     */
    private static final class JsonRequestBody extends RequestBody {
        private static final MediaType JSON = MediaType.get("application/json");

        private final long length;
        private @Nullable ObjectNode json;

        JsonRequestBody(ObjectNode json) {
            this.json = json;
            this.length = lengthOf(json);
        }

        /** Many servers require the length. Serialising twice is cheaper than keeping the bytes. */
        private static long lengthOf(ObjectNode json) {
            var counter = new ByteCounter();
            try {
                Json.write(json, counter);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return counter.bytes;
        }

        @Override
        public MediaType contentType() {
            return JSON;
        }

        @Override
        public long contentLength() {
            return length;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            Json.write(Objects.requireNonNull(json), sink.outputStream());
            json = null;
        }
    }

    private static final class ByteCounter extends OutputStream {
        private long bytes;

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] some, int from, int length) {
            bytes += length;
        }
    }

    private record OkHttpResponse(Response response) implements HttpResponse {

        @Override
        public int statusCode() {
            return response.code();
        }

        @Override
        public Headers headers() {
            return translate(response.headers());
        }

        @Override
        public InputStream body() {
            return Objects.requireNonNull(response.body()).byteStream();
        }

        @Override
        public void close() {
            response.close();
        }
    }
}
