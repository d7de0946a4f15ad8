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
 * <p>Posts may come from any thread; they reach the socket one at a time, in the order in which they came. Messages of
 * the client are handed on as they arrive, up to {@link Limits#concurrentMessages} at once: then nothing more is read
 * from the socket, pings included, until one is done.
 */
public final class Connection implements Session.Listener {
    private final Client client;
    private final Limits limits;
    private final GatewayContext context;
    private final Owner owner;

    // Fair, so that the order of posts is the order of their requests.
    private final ReentrantLock sending = new ReentrantLock(true);
    private final AtomicReference<@Nullable CloseReason> closing = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger messages = new AtomicInteger();
    private volatile @Nullable Session session;
    private volatile Instant lastActive;
    private volatile Scheduler.@Nullable Scheduled ageing;

    /** Whom a connection tells what happens to it; called on Jetty's threads, must not block. */
    interface Owner {
        void opened(Connection connection);

        /** A message arrived; the owner calls {@link Connection#messageDone} when it is done with it. */
        void message(Connection connection, String text);

        /**
         * The socket is closed, in whatever way; called once, also for a connection that was accepted but never opened.
         */
        void closed(Connection connection, CloseReason reason);
    }

    /** What became of a post. */
    enum Delivery {
        /** The socket's transport has the whole message. */
        SENT,
        /** The socket is closed, closing, or took too long and was cut. */
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

    /** Sends a text message; waits for its turn and for the transport, {@link Limits#post} at most for each. */
    Delivery send(String text) throws InterruptedException {
        if (!sending.tryLock(limits.post().toNanos(), TimeUnit.NANOSECONDS)) {
            cut();
            return Delivery.GONE;
        }
        try {
            var open = session;
            if (open == null || closing.get() != null) {
                return Delivery.GONE;
            }
            hand(open, text).get(limits.post().toNanos(), TimeUnit.NANOSECONDS);
            active();
            return Delivery.SENT;
        } catch (TimeoutException stuck) {
            cut();
            return Delivery.GONE;
        } catch (ExecutionException closed) {
            return Delivery.GONE;
        } finally {
            sending.unlock();
        }
    }

    /**
     * Hands a message to the transport, in frames of the size that is allowed; the future is complete when it has them
     * all.
     */
    private CompletableFuture<@Nullable Void> hand(Session open, String text) {
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

    /** Closes the socket with a close frame, and cuts it if the client does not answer in time; does not wait. */
    void close(CloseReason reason) {
        var open = session;
        if (open == null || !closing.compareAndSet(null, reason)) {
            return;
        }
        open.close(reason.code(), reason.phrase(), Callback.NOOP);
        context.scheduler().after(limits.closing(), open::disconnect);
    }

    /** One message is done with: another may be read. */
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
        age();
        opened.demand();
    }

    @Override
    public void onWebSocketText(String text) {
        active();
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
            // To read the client's answer to the close frame.
            open.demand();
        }
    }

    /**
     * Nothing to do: a lost or broken socket is normal, and its close follows with a code. Without this, Jetty logs
     * each.
     */
    @Override
    public void onWebSocketError(Throwable cause) {}

    @Override
    public void onWebSocketClose(int statusCode, @Nullable String reason, Callback callback) {
        callback.succeed();
        var alarm = ageing;
        if (alarm != null) {
            alarm.cancel();
        }
        ended(CloseReason.of(statusCode, reason == null ? "" : reason));
    }

    /** The socket is no more, or never came to be; a reason that was given before wins. */
    void ended(CloseReason reason) {
        closing.compareAndSet(null, reason);
        var why = closing.get();
        if (ended.compareAndSet(false, true) && why != null) {
            owner.closed(this, why);
        }
    }

    /** Ends the socket without a close frame, as a lost network would; does not wait. */
    void cut() {
        closing.compareAndSet(null, CloseReason.ABNORMAL);
        var open = session;
        if (open != null) {
            open.disconnect();
        }
    }

    private void active() {
        lastActive = context.clock().instant();
    }

    private void age() {
        var now = context.clock().instant();
        var idleEnd = lastActive.plus(limits.idle());
        var lifeEnd = client.connectedAt().plus(limits.life());
        Instant end = idleEnd.isBefore(lifeEnd) ? idleEnd : lifeEnd;
        if (end.isAfter(now)) {
            ageing = context.scheduler().after(Duration.between(now, end), this::age);
        } else {
            close(CloseReason.GOING_AWAY);
        }
    }

    static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
