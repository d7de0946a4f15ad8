package dev.rill.streaming.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A function's response to one invocation: a stream of chunks, or an error. It can be read while it arrives. */
public final class ReceivedResponse {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String DELIMITER = "\0\0\0\0\0\0\0\0";

    private final String path;
    private final Map<String, String> headers;
    private final List<byte[]> chunks = new ArrayList<>();
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Map<String, String> trailers;

    ReceivedResponse(String path, Map<String, String> headers) {
        this.path = path;
        this.headers = headers;
    }

    /** {@code response} or {@code error}, the last part of the path it was sent to. */
    public String kind() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The headers. Look-ups ignore the case of a name. */
    public Map<String, String> headers() {
        return headers;
    }

    /** The next chunk, as text; waits for it at most 10 s. The first chunk of an HTTP response is the prelude. */
    public String nextChunk() throws InterruptedException {
        var chunk = received.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        if (chunk == null) {
            throw new AssertionError("no chunk came within " + TIMEOUT);
        }
        return new String(chunk, StandardCharsets.UTF_8);
    }

    /** Waits for the end, at most 10 s. */
    public ReceivedResponse await() throws InterruptedException {
        if (!ended.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the response did not end within " + TIMEOUT);
        }
        return this;
    }

    /** How it ended: {@code complete}, {@code failed} (by trailers) or {@code broken} (the connection was closed). */
    public String ending() throws InterruptedException {
        await();
        var end = trailers;
        if (end == null) {
            return "broken";
        }
        return end.isEmpty() ? "complete" : "failed";
    }

    /** The trailers; empty if there were none. */
    public Map<String, String> trailers() throws InterruptedException {
        await();
        var end = trailers;
        return end == null ? Map.of() : end;
    }

    /** The chunks so far, each as text. */
    public synchronized List<String> chunks() {
        List<String> texts = new ArrayList<>();
        for (var chunk : chunks) {
            texts.add(new String(chunk, StandardCharsets.UTF_8));
        }
        return texts;
    }

    /** All bytes, including the prelude; waits for the end. */
    public byte[] bytes() throws InterruptedException {
        await();
        var all = new ByteArrayOutputStream();
        synchronized (this) {
            for (var chunk : chunks) {
                all.writeBytes(chunk);
            }
        }
        return all.toByteArray();
    }

    /** All bytes, as text; waits for the end. */
    public String text() throws InterruptedException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** The JSON before the delimiter; waits for the end. */
    public String prelude() throws InterruptedException {
        var all = text();
        return all.substring(0, delimiter(all));
    }

    /** The text after the delimiter; waits for the end. */
    public String body() throws InterruptedException {
        var all = text();
        return all.substring(delimiter(all) + DELIMITER.length());
    }

    private static int delimiter(String all) {
        int delimiter = all.indexOf(DELIMITER);
        if (delimiter < 0) {
            throw new AssertionError("the response has no prelude: " + all);
        }
        return delimiter;
    }

    synchronized void add(byte[] chunk) {
        chunks.add(chunk);
        received.add(chunk);
    }

    void end(@Nullable Map<String, String> trailingHeaders) {
        trailers = trailingHeaders;
        ended.countDown();
    }
}
