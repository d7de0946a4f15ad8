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

/** Records one answer. One thread hands over the events, another waits for the end. */
final class AnswerRecorder {

    private final Instant askedAt;
    private final SequenceCheck check = new SequenceCheck();
    private final CompletableFuture<AnswerTimes> end = new CompletableFuture<>();
    private @Nullable Instant firstDeltaAt;

    AnswerRecorder(Instant askedAt) {
        this.askedAt = askedAt;
    }

    /**
     * Takes an event.
     *
     * @param now when it arrived, before it was parsed
     */
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

    /**
     * Waits for the terminal event.
     *
     * @throws LoadException if the answer fails or has no end within the timeout
     */
    AnswerTimes await(Duration timeout) throws LoadException, InterruptedException {
        try {
            return end.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LoadException failed
                    ? failed
                    : new LoadException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new LoadException("an answer had no terminal event within " + timeout.toSeconds() + " s", e);
        }
    }
}
