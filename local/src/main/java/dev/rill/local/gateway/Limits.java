package dev.rill.local.gateway;

import java.time.Duration;

/**
 * The quotas of the WebSocket API and the bounds of what the gateway waits for.
 *
 * @param frameBytes a longer frame from a client closes its socket with 1009
 * @param messageBytes a longer message, put together from its frames, closes the socket with 1009; a longer post is
 *     answered 413
 * @param idle a socket without a message in either direction for this long is closed with 1001; pings do not count
 * @param life a socket older than this is closed with 1001
 * @param integration how long an invocation for a route may take
 * @param post how long a post waits for the socket to take its message, its turn included; then the socket is cut and
 *     the answer is 410
 * @param closing how long a socket that was told to close, or the whole gateway on {@link Gateway#close}, has to do so
 * @param concurrentMessages how many messages of one socket are with a function at once; further ones wait in the
 *     network. AWS documents no such bound; it is here so that one client can't fill this machine's memory
 * @param stalled a request of HTTP ends whose client neither sends nor takes a byte for this long; the silence of a
 *     function does not count. AWS documents no such bound
 * @param requestBytes a longer request of the function URL, as the event that is made of it, is answered 413
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
     * AWS's quotas: 32 KB, 128 KB, 10 minutes, 2 hours, 29 s, 6 MB; and 10 s, 5 s, 64 messages and 60 s for what AWS
     * leaves open.
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

    /** These limits with other ages of sockets. */
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

    /** These limits with other waits. */
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

    /** These limits with another bound of one socket's messages that are with a function at once. */
    public Limits withConcurrentMessages(int messages) {
        return new Limits(
                frameBytes, messageBytes, idle, life, integration, post, closing, messages, stalled, requestBytes);
    }

    /** These limits with another patience for HTTP clients that do nothing. */
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
