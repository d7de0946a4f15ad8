package dev.rill.load.bench;

import dev.rill.load.sequence.EventSummary;
import dev.rill.load.sequence.SequenceCheck;
import dev.rill.load.stack.LoadException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Hears one answer; one thread tells it what came, another waits for the end. */
final class AnswerRecorder {

    private final Instant askedAt;
    private final SequenceCheck check = new SequenceCheck();
    private final CompletableFuture<AnswerTimes> end = new CompletableFuture<>();
    private @Nullable Instant firstDeltaAt;

    AnswerRecorder(Instant askedAt) {
        this.askedAt = askedAt;
    }

    /** @param now when it came, before anything was made of it */
    void record(String text, Instant now) {
        var event = EventSummary.parse(text);
        if (event.isDelta() && firstDeltaAt == null) {
            firstDeltaAt = now;
        }
        check.accept(event);
        if (!check.isSettled()) {
            return;
        }
        var verdict = check.verdict();
        switch (verdict.outcome()) {
            case ANSWERED ->
                end.complete(new AnswerTimes(
                        askedAt, Optional.ofNullable(firstDeltaAt), now, verdict.events(), verdict.deltas()));
            case FAILED, GATEWAY_ERROR, LOST -> fail("an answer failed: " + verdict.reason());
        }
    }

    void fail(String why) {
        end.completeExceptionally(new LoadException(why));
    }

    /** Waits for the end. */
    AnswerTimes await(Duration timeout) throws LoadException, InterruptedException {
        try {
            return end.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LoadException failed
                    ? failed
                    : new LoadException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new LoadException("no end of an answer within " + timeout.toSeconds() + " s", e);
        }
    }
}
