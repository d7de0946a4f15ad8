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
 * Sockets behind an API Gateway WebSocket API.
 *
 * <p>Statuses 429 and 5xx, and a connection to the gateway that breaks or stays silent, are tried again within the
 * bounds of the backoff; what was sent before stays before. A try whose answer got lost may have reached the client:
 * then it reads the event twice, with the same {@code sequence_number}. Beyond the bounds, and for any other refusal,
 * there is a {@link PostFailedException}: 403 means a wrong endpoint or a missing permission, never that a client has
 * left.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html">
 *     {@code @connections}</a>
 */
public final class ApiGatewaySockets implements Sockets, Primable {

    private final ApiGatewayManagementApiClient gateway;
    private final Backoff backoff;

    /** @param gateway such as {@link Aws#managementApi} makes it: it has to try once */
    public ApiGatewaySockets(ApiGatewayManagementApiClient gateway, Backoff backoff) {
        this.gateway = gateway;
        this.backoff = backoff;
    }

    @Override
    public void prime() throws InterruptedException {
        prime(this);
    }

    /** Leaves out {@code close}, which not every function may do. */
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
                if (isNoConnectionId(e)) {
                    return SendResult.GONE;
                }
                if (!isTemporary(e) || !tries.waitForNext()) {
                    throw PostFailedException.of(connection, tries.made(), e);
                }
            }
        }
    }

    @Override
    public void close(ConnectionId connection) throws InterruptedException {
        try {
            gateway.deleteConnection(delete -> delete.connectionId(connection.value()));
        } catch (GoneException _) {
            // As wanted.
        } catch (SdkException e) {
            throwIfInterrupted(e);
            if (!isNoConnectionId(e)) {
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

    /** API Gateway answers 400 to an id that it can't have issued: nobody is there, and nobody will be. */
    private static boolean isNoConnectionId(SdkException e) {
        return e instanceof ApiGatewayManagementApiException refusal
                && refusal.statusCode() == 400
                && String.valueOf(refusal.getMessage()).contains("Invalid connectionId");
    }

    /**
     * The SDK reports an interrupted thread in its own way, or as a broken socket, which an interrupted virtual thread
     * leaves.
     */
    private static void throwIfInterrupted(SdkException e) throws InterruptedException {
        if (Thread.interrupted() || e instanceof AbortedException) {
            var interrupted = new InterruptedException("interrupted while posting to a socket");
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
