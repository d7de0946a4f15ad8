package dev.rill.local.gateway;

import dev.rill.local.gateway.WebSocketEvents.Client;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/**
 * One socket of the WebSocket API. Public only because Jetty calls it by reflection.
 *
 * <p>Any thread may post. Posts are written to the socket one at a time, in the order of their arrival. The owner gets
 * the client's messages as they arrive, at most {@link Limits#concurrentMessages} at once; while that many are being
 * processed, nothing is read from the socket, pings included.
 */
public final class Connection implements Session.Listener {
    private final Client client;
    private final Limits limits;
    private final GatewayContext context;
    private final Owner owner;

    // Fair, so that posts are written in the order of their requests.
    private final ReentrantLock sending = new ReentrantLock(true);
    private final AtomicReference<@Nullable CloseReason> closing = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger messages = new AtomicInteger();
    private volatile @Nullable Session session;
    private volatile Instant lastActive;
    private volatile Scheduler.@Nullable Scheduled ageTimer;

    /** Receives a connection's events, on Jetty's threads. Must not block. */
    interface Owner {
        void opened(Connection connection);

        /** A message arrived. The owner calls {@link Connection#messageDone} once the message is processed. */
        void message(Connection connection, String text);

        /** The socket is closed. Called once for each connection, also if it was accepted but never opened. */
        void closed(Connection connection, CloseReason reason);
    }

    /** The result of a post. */
    enum SendResult {
        /** The socket's transport accepted the whole message. */
        SENT,
        /** The socket is closed or closing, or did not take the message in time and was disconnected. */
        GONE
    }

    Connection(Client client, Limits limits, GatewayContext context, Owner owner) {
        this.client = client;
        this.limits = limits;
        this.context = context;
        this.owner = owner;
        this.lastActive = client.connectedAt();
    }

    Client client() {
        return client;
    }

    Instant lastActive() {
        return lastActive;
    }

    /** Sends a text message. Waits for earlier posts and for the transport, at most {@link Limits#post} for each. */
    SendResult send(String text) throws InterruptedException {
        if (!sending.tryLock(limits.post().toNanos(), TimeUnit.NANOSECONDS)) {
            cut();
            return SendResult.GONE;
        }
        try {
            var open = session;
            if (open == null || closing.get() != null) {
                return SendResult.GONE;
            }
            write(open, text).get(limits.post().toNanos(), TimeUnit.NANOSECONDS);
            touch();
            return SendResult.SENT;
        } catch (TimeoutException stuck) {
            cut();
            return SendResult.GONE;
        } catch (ExecutionException closed) {
            return SendResult.GONE;
        } finally {
            sending.unlock();
        }
    }

    /** Writes a message in frames of the permitted size. The future completes once the transport has all of them. */
    private CompletableFuture<@Nullable Void> write(Session open, String text) {
        CompletableFuture<@Nullable Void> written = new CompletableFuture<>();
        var whole = Callback.from(() -> written.complete(null), written::completeExceptionally);
        if (utf8Length(text) <= limits.frameBytes()) {
            open.sendText(text, whole);
            return written;
        }
        var part = Callback.from(() -> {}, written::completeExceptionally);
        // A char is at most 3 bytes of UTF-8.
        int most = limits.frameBytes() / 3;
        int start = 0;
        while (text.length() - start > most) {
            int end = Character.isHighSurrogate(text.charAt(start + most - 1)) ? start + most - 1 : start + most;
            open.sendPartialText(text.substring(start, end), false, part);
            start = end;
        }
        open.sendPartialText(text.substring(start), true, whole);
        return written;
    }

    /**
     * Sends a close frame, and disconnects the socket if the client does not answer within {@link Limits#closing}. Does
     * not wait.
     */
    void close(CloseReason reason) {
        var open = session;
        if (open == null || !closing.compareAndSet(null, reason)) {
            return;
        }
        open.close(reason.code(), reason.phrase(), Callback.NOOP);
        context.scheduler().after(limits.closing(), open::disconnect);
    }

    /** A message was processed: another one may be read. */
    void messageDone() {
        var open = session;
        if (messages.getAndDecrement() == limits.concurrentMessages() && open != null && open.isOpen()) {
            open.demand();
        }
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        owner.opened(this);
        checkAge();
        opened.demand();
    }

    @Override
    public void onWebSocketText(String text) {
        touch();
        var open = session;
        if (messages.incrementAndGet() < limits.concurrentMessages() && open != null) {
            open.demand();
        }
        owner.message(this, text);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(CloseReason.BINARY);
        var open = session;
        if (open != null) {
            // Reads the client's answer to the close frame.
            open.demand();
        }
    }

    /**
     * Does nothing: a lost socket is normal, and {@link #onWebSocketClose} follows. Jetty's default would log each one.
     */
    @Override
    public void onWebSocketError(Throwable cause) {}

    @Override
    public void onWebSocketClose(int statusCode, @Nullable String reason, Callback callback) {
        callback.succeed();
        var alarm = ageTimer;
        if (alarm != null) {
            alarm.cancel();
        }
        ended(CloseReason.of(statusCode, reason == null ? "" : reason));
    }

    /** The socket is closed, or was never opened. An earlier reason takes precedence. */
    void ended(CloseReason reason) {
        closing.compareAndSet(null, reason);
        var why = closing.get();
        if (ended.compareAndSet(false, true) && why != null) {
            owner.closed(this, why);
        }
    }

    /** Disconnects the socket without a close frame, as a lost network does. Does not wait. */
    void cut() {
        closing.compareAndSet(null, CloseReason.ABNORMAL);
        var open = session;
        if (open != null) {
            open.disconnect();
        }
    }

    private void touch() {
        lastActive = context.clock().instant();
    }

    private void checkAge() {
        var now = context.clock().instant();
        var idleEnd = lastActive.plus(limits.idle());
        var lifeEnd = client.connectedAt().plus(limits.life());
        Instant end = idleEnd.isBefore(lifeEnd) ? idleEnd : lifeEnd;
        if (end.isAfter(now)) {
            ageTimer = context.scheduler().after(Duration.between(now, end), this::checkAge);
        } else {
            close(CloseReason.GOING_AWAY);
        }
    }

    static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
