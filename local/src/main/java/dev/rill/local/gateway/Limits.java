package dev.rill.local.gateway;

import java.time.Duration;

/**
 * The quotas of the WebSocket API and the timeouts of the gateway.
 *
 * @param frameBytes a longer frame from a client closes its socket with 1009
 * @param messageBytes a longer message, summed over its frames, closes the socket with 1009; a longer post is answered
 *     413
 * @param idle a socket without a message in either direction for this long is closed with 1001; pings do not count
 * @param life a socket older than this is closed with 1001
 * @param integration maximum duration of an invocation for a route
 * @param post how long a post waits for earlier posts, and then for the socket to take its message; after that the
 *     socket is disconnected and the post is answered 410
 * @param closing how long a socket may take to close, and the gateway in {@link Gateway#close}
 * @param concurrentMessages how many messages of one socket functions process at once; further messages wait in the
 *     network. AWS documents no such limit; it prevents one client from filling the memory of this machine
 * @param stalled an HTTP request ends if its client neither sends nor reads a byte for this long; time in which the
 *     function sends nothing does not count. AWS documents no such limit
 * @param requestBytes a request of the function URL whose event is longer is answered 413
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html">
 *     API Gateway's quotas for WebSocket APIs</a>
 */
public record Limits(
        int frameBytes,
        int messageBytes,
        Duration idle,
        Duration life,
        Duration integration,
        Duration post,
        Duration closing,
        int concurrentMessages,
        Duration stalled,
        int requestBytes) {

    /**
     * AWS's quotas: 32 KB, 128 KB, 10 minutes, 2 hours, 29 s, 6 MB; and 10 s, 5 s, 64 messages and 60 s for the limits
     * that AWS does not document.
     */
    public static Limits aws() {
        return new Limits(
                32 * 1024,
                128 * 1024,
                Duration.ofMinutes(10),
                Duration.ofHours(2),
                Duration.ofSeconds(29),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                64,
                Duration.ofSeconds(60),
                6 * 1024 * 1024);
    }

    /** A copy with other ages of sockets. */
    public Limits withAges(Duration newIdle, Duration newLife) {
        return new Limits(
                frameBytes,
                messageBytes,
                newIdle,
                newLife,
                integration,
                post,
                closing,
                concurrentMessages,
                stalled,
                requestBytes);
    }

    /** A copy with other timeouts. */
    public Limits withWaits(Duration newIntegration, Duration newPost, Duration newClosing) {
        return new Limits(
                frameBytes,
                messageBytes,
                idle,
                life,
                newIntegration,
                newPost,
                newClosing,
                concurrentMessages,
                stalled,
                requestBytes);
    }

    /** A copy with another {@code concurrentMessages}. */
    public Limits withConcurrentMessages(int messages) {
        return new Limits(
                frameBytes, messageBytes, idle, life, integration, post, closing, messages, stalled, requestBytes);
    }

    /** A copy with another {@code stalled}. */
    public Limits withStalled(Duration newStalled) {
        return new Limits(
                frameBytes,
                messageBytes,
                idle,
                life,
                integration,
                post,
                closing,
                concurrentMessages,
                newStalled,
                requestBytes);
    }
}
