package dev.rill.auth;

import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/**
 * Reads pages over HTTP: at most 1 s to connect, 2 s between two bytes, and 3 s and 256 KB in all. Nothing is open
 * between two reads but the JDK's kept-alive connections.
 */
final class HttpIssuerPages implements IssuerPages {

    private static final int CONNECT_MILLIS = 1_000;
    private static final Duration BETWEEN_BYTES = Duration.ofSeconds(2);
    private static final int MAX_BYTES = 256 * 1024;

    /** For a whole page. A server that sends one byte after another would keep a handshake waiting for hours. */
    private static final Duration WHOLE_PAGE = Duration.ofSeconds(3);

    private final DefaultResourceRetriever http;
    private final UnaryOperator<CompletableFuture<String>> limit;

    HttpIssuerPages() {
        this(BETWEEN_BYTES, page -> page.orTimeout(WHOLE_PAGE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /**
     * Reads nothing yet.
     *
     * @param betweenBytes how long the server may send nothing
     * @param limit lets a read fail with a {@link TimeoutException} when its time is over
     */
    HttpIssuerPages(Duration betweenBytes, UnaryOperator<CompletableFuture<String>> limit) {
        this.http = new WithoutRedirects(betweenBytes);
        this.limit = limit;
    }

    /** Reads in a virtual thread: interrupting one closes the socket on which it waits. */
    @Override
    public String read(String url) throws IOException {
        var page = limit.apply(new CompletableFuture<>());
        var reader = Thread.ofVirtual().name("oidc-page").start(() -> complete(page, url));
        try {
            return page.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TimeoutException
                    ? new IOException("the page was not sent within " + WHOLE_PAGE.toSeconds() + " s", e)
                    : new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the page was read", e);
        } finally {
            reader.interrupt();
        }
    }

    private void complete(CompletableFuture<String> page, String url) {
        try {
            page.complete(http.retrieveResource(URI.create(url).toURL()).getContent());
        } catch (IOException | RuntimeException e) {
            page.completeExceptionally(e);
        }
    }

    /** A redirect would be one more server to trust. */
    private static final class WithoutRedirects extends DefaultResourceRetriever {

        WithoutRedirects(Duration betweenBytes) {
            super(CONNECT_MILLIS, (int) betweenBytes.toMillis(), MAX_BYTES);
        }

        @Override
        protected HttpURLConnection openHTTPConnection(URL url) throws IOException {
            var connection = super.openHTTPConnection(url);
            connection.setInstanceFollowRedirects(false);
            return connection;
        }
    }
}
