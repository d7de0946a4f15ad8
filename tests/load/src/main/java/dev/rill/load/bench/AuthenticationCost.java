package dev.rill.load.bench;

import dev.rill.load.bench.AuthenticationReport.Pair;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;

/**
 * Measures what the check of a key adds to a request: the same request to a stack without authentication and to one
 * that takes keys, in turn, each on a connection that is kept open. It is {@code GET /v1/responses/ID} of an id that
 * does not exist, the cheapest request that is authenticated and reads DynamoDB. Both get the same bytes, the key
 * included.
 */
final class AuthenticationCost {

    private static final int NOT_FOUND = 404;
    private static final int UNAUTHORIZED = 401;

    private final URI open;
    private final URI closed;
    private final ApiKey key;
    private final Duration timeout;

    /**
     * A measurement of two stacks.
     *
     * @param open the stack without authentication
     * @param closed the stack that takes keys, and its key
     * @param timeout the longest wait for a response
     */
    AuthenticationCost(Target open, Target closed, Duration timeout) {
        this.open = unknownResponse(open);
        this.closed = unknownResponse(closed);
        this.key = closed.key();
        this.timeout = timeout;
    }

    /** The URL of a response that does not exist. */
    private static URI unknownResponse(Target target) {
        return URI.create(target.http() + "/v1/responses/resp_"
                + UUID.randomUUID().toString().replace("-", ""));
    }

    /**
     * Sends the requests. Every second pair begins with the other stack, so that neither is always the first one.
     *
     * @param warmUp pairs before the measured ones
     * @param progress gets the number of measured pairs so far; negative while warming up
     * @throws LoadException if the stacks answer otherwise than such stacks do
     */
    List<Pair> measure(int pairs, int warmUp, IntConsumer progress) throws LoadException {
        require(open, ApiKey.NONE, NOT_FOUND);
        require(closed, ApiKey.NONE, UNAUTHORIZED);
        List<Pair> measured = new ArrayList<>(pairs);
        for (int i = -warmUp; i < pairs; i++) {
            progress.accept(i);
            var pair = i % 2 == 0 ? openFirst() : closedFirst();
            if (i >= 0) {
                measured.add(pair);
            }
        }
        return measured;
    }

    private Pair openFirst() throws LoadException {
        var first = require(open, key, NOT_FOUND);
        return new Pair(first, require(closed, key, NOT_FOUND));
    }

    private Pair closedFirst() throws LoadException {
        var first = require(closed, key, NOT_FOUND);
        return new Pair(require(open, key, NOT_FOUND), first);
    }

    /** Sends one request, whose response must have this status; gives the time until its end. */
    private Duration require(URI url, ApiKey sent, int status) throws LoadException {
        try {
            long begun = System.nanoTime();
            int answered = send(url, sent);
            var took = Duration.ofNanos(System.nanoTime() - begun);
            if (answered != status) {
                throw new LoadException(url + " answered " + answered + " and not " + status + " to a request with "
                        + sent + ApiKey.hint(answered));
            }
            return took;
        } catch (IOException e) {
            throw new LoadException("no answer from " + url + " (" + e + "): start ./rill up there", e);
        }
    }

    private int send(URI url, ApiKey sent) throws IOException {
        var connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(Math.toIntExact(timeout.toMillis()));
        connection.setReadTimeout(Math.toIntExact(timeout.toMillis()));
        sent.addTo(connection);
        int status = connection.getResponseCode();
        // The JDK keeps a connection only if the body has been read to its end.
        try (var body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (body != null) {
                body.transferTo(OutputStream.nullOutputStream());
            }
        }
        return status;
    }
}
