package dev.rill.aws;

import dev.rill.chat.protocol.ServerMessage;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.ApiGatewayManagementApiException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GoneException;

/**
 * Sockets of an API Gateway WebSocket API.
 *
 * <p>A post is retried, within the bounds of the backoff, if API Gateway answers 429 or 5xx, or if the connection to it
 * breaks or times out. A post whose result was lost may have reached the client, which then reads the event twice, with
 * the same {@code sequence_number}. When the retries are used up, and for any other error status, a
 * {@link PostFailedException} is thrown. Status 403 means a wrong endpoint or a missing permission, not that a client
 * has left. Safe for use by many threads.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html">
 *     {@code @connections}</a>
 */
public final class ApiGatewaySockets implements Sockets, Primable {

    private final ApiGatewayManagementApiClient gateway;
    private final Backoff backoff;

    /**
     * Makes an adapter.
     *
     * @param gateway made by {@link Aws#managementApi}, because it must not retry by itself; the caller closes it
     */
    public ApiGatewaySockets(ApiGatewayManagementApiClient gateway, Backoff backoff) {
        this.gateway = gateway;
        this.backoff = backoff;
    }

    @Override
    public void prime() throws InterruptedException {
        prime(this);
    }

    /** Leaves out {@code close}, for which not every function has the permission. */
    static void prime(Sockets sockets) throws InterruptedException {
        var _ = sockets.post(ConnectionId.PRIMING, ServerMessage.pong(null), LeaseCheck.ALWAYS);
    }

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        var data = SdkBytes.fromUtf8String(message);
        var tries = backoff.begin();
        while (true) {
            if (!leaseCheck.isHeld()) {
                return SendResult.WITHHELD;
            }
            try {
                gateway.postToConnection(
                        post -> post.connectionId(connection.value()).data(data));
                return SendResult.DELIVERED;
            } catch (GoneException _) {
                return SendResult.GONE;
            } catch (SdkException e) {
                throwIfInterrupted(e);
                if (isInvalidConnectionId(e)) {
                    return SendResult.GONE;
                }
                if (!isTemporary(e) || !tries.waitForNext()) {
                    throw PostFailedException.of(connection, tries.count(), e);
                }
            }
        }
    }

    @Override
    public void close(ConnectionId connection) throws InterruptedException {
        try {
            gateway.deleteConnection(delete -> delete.connectionId(connection.value()));
        } catch (GoneException _) {
            // The connection is closed already.
        } catch (SdkException e) {
            throwIfInterrupted(e);
            if (!isInvalidConnectionId(e)) {
                throw e;
            }
        }
    }

    private static boolean isTemporary(SdkException e) {
        return switch (e) {
            case ApiGatewayManagementApiException refusal -> refusal.statusCode() == 429 || refusal.statusCode() >= 500;
            case SdkClientException _ -> true;
            default -> false;
        };
    }

    /** API Gateway answers 400 if it never issued the connection id, so no client has that connection. */
    private static boolean isInvalidConnectionId(SdkException e) {
        return e instanceof ApiGatewayManagementApiException refusal
                && refusal.statusCode() == 400
                && String.valueOf(refusal.getMessage()).contains("Invalid connectionId");
    }

    /**
     * If the thread was interrupted, the SDK throws an {@link AbortedException}, or an error of the socket that the
     * interrupted virtual thread has closed.
     */
    private static void throwIfInterrupted(SdkException e) throws InterruptedException {
        if (Thread.interrupted() || e instanceof AbortedException) {
            var interrupted = new InterruptedException("interrupted while posting to a socket");
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
