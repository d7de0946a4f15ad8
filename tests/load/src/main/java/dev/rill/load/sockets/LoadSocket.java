package dev.rill.load.sockets;

import dev.rill.load.sequence.EventSummary;
import dev.rill.load.sequence.SequenceCheck;
import dev.rill.load.sequence.Verdict;
import dev.rill.load.sequence.Verdict.Ending;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.Target;
import dev.rill.load.stack.TextMessageListener;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One socket, and the one prompt that is sent on it. Safe for use by many threads. */
final class LoadSocket implements TextMessageListener.Reader {

    private static final int NORMAL = 1000;

    private final InstantSource clock;
    private final SequenceCheck check = new SequenceCheck();
    private final CompletableFuture<Boolean> settled = new CompletableFuture<>();
    private @Nullable WebSocket socket;
    private String why = "no terminal event in time";
    private @Nullable Instant askedAt;
    private @Nullable Instant firstEventAt;
    private @Nullable Instant firstDeltaAt;
    private @Nullable Instant endedAt;

    /**
     * What was measured; times are counted from the sending of the prompt, and empty if the answer did not come so far.
     *
     * @param whole until the terminal event
     */
    record Result(
            Verdict verdict, Optional<Duration> firstEvent, Optional<Duration> firstDelta, Optional<Duration> whole) {}

    LoadSocket(InstantSource clock) {
        this.clock = clock;
    }

    /** Opens the socket. The future is complete when it is open (true) or has failed to open (false). */
    CompletableFuture<Boolean> open(HttpClient client, Target target, Duration timeout) {
        return target.key()
                .addTo(client.newWebSocketBuilder())
                .connectTimeout(timeout)
                .buildAsync(target.webSocket(), new TextMessageListener(this))
                .handle((opened, failure) -> {
                    if (opened == null) {
                        ended(
                                failure == null
                                        ? "the socket was not opened"
                                        : "the socket was not opened: " + words(failure));
                        return false;
                    }
                    synchronized (this) {
                        socket = opened;
                    }
                    return true;
                });
    }

    /** Sends the prompt, if the socket is open. */
    void ask(String message) {
        WebSocket open;
        synchronized (this) {
            open = socket;
            if (open == null || settled.isDone()) {
                return;
            }
            askedAt = clock.instant();
        }
        var _ = open.sendText(message, true).whenComplete((_, failure) -> {
            if (failure != null) {
                ended("the prompt was not sent: " + words(failure));
            }
        });
    }

    /** Complete when the prompt has its terminal event (true), or the socket has ended before it (false). */
    CompletableFuture<Boolean> settled() {
        return settled;
    }

    synchronized boolean wasOpened() {
        return socket != null;
    }

    @Override
    public void message(String text) {
        var now = clock.instant();
        var event = EventSummary.parse(text);
        synchronized (this) {
            firstEventAt = firstEventAt == null ? now : firstEventAt;
            if (event.isDelta()) {
                firstDeltaAt = firstDeltaAt == null ? now : firstDeltaAt;
            }
            check.accept(event);
            if (check.isSettled()) {
                endedAt = endedAt == null ? now : endedAt;
                settled.complete(true);
            }
        }
    }

    @Override
    public void ended(String reason) {
        synchronized (this) {
            if (!settled.isDone()) {
                why = reason;
            }
        }
        settled.complete(false);
    }

    synchronized Result result() {
        var verdict = check.verdict();
        if (verdict.outcome() == Ending.LOST) {
            verdict = new Verdict(Ending.LOST, why, verdict.events(), verdict.deltas(), verdict.breaches());
        }
        return new Result(verdict, sinceAsked(firstEventAt), sinceAsked(firstDeltaAt), sinceAsked(endedAt));
    }

    /** Closes the socket; waits only for the close frame to be sent. */
    void close(Duration timeout) {
        WebSocket open;
        synchronized (this) {
            open = socket;
        }
        if (open != null) {
            var _ = open.sendClose(NORMAL, "")
                    .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((_, failure) -> {
                        if (failure != null) {
                            open.abort();
                        }
                    });
        }
    }

    private Optional<Duration> sinceAsked(@Nullable Instant then) {
        return askedAt == null || then == null ? Optional.empty() : Optional.of(Duration.between(askedAt, then));
    }

    private static String words(Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case WebSocketHandshakeException refused ->
                "status " + refused.getResponse().statusCode()
                        + ApiKey.hint(refused.getResponse().statusCode());
            default -> cause.getClass().getSimpleName() + (cause.getMessage() == null ? "" : " " + cause.getMessage());
        };
    }
}
