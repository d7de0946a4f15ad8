package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.Invoked;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/** The Lambda proxy integration of the WebSocket API's routes: invokes a function and judges its answer. */
final class Integration {
    private final Functions functions;
    private final Executor executor;
    private final Scheduler scheduler;
    private final Duration timeout;

    Integration(Functions functions, Executor executor, Scheduler scheduler, Duration timeout) {
        this.functions = functions;
        this.executor = executor;
        this.scheduler = scheduler;
        this.timeout = timeout;
    }

    /** What an invocation came to. */
    sealed interface Outcome {
        /** The function answered as a proxy integration must: with a status. */
        record Answered(int status, JsonNode answer) implements Outcome {}

        /** There is no such answer. */
        enum Failure implements Outcome {
            /** The function failed, or answered without a {@code statusCode}. */
            FAILED,
            /** Lambda refused the invocation: no such function, or no free concurrency. */
            REFUSED,
            /** The function did not answer in time; it goes on, unheard. */
            TIMED_OUT
        }
    }

    /** Invokes a function and waits for its answer, until the time-out at most. */
    Outcome call(String function, String event) throws InterruptedException {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        var alarm = scheduler.after(timeout, () -> outcome.complete(Outcome.Failure.TIMED_OUT));
        executor.execute(() -> {
            try {
                outcome.complete(invoke(function, event));
            } finally {
                // Whatever is thrown, the caller must not be left waiting.
                outcome.complete(Outcome.Failure.FAILED);
            }
        });
        try {
            return outcome.get();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("An outcome never fails", impossible);
        } finally {
            alarm.cancel();
        }
    }

    /** Invokes a function and does not wait: nobody is left to hear what comes of it. */
    void tell(String function, String event) {
        executor.execute(() -> invoke(function, event));
    }

    private Outcome invoke(String function, String event) {
        try {
            return judge(functions.invoke(function, event));
        } catch (InvocationException e) {
            return Outcome.Failure.REFUSED;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return Outcome.Failure.FAILED;
        }
    }

    private static Outcome judge(Invoked invoked) {
        if (invoked.failed()) {
            return Outcome.Failure.FAILED;
        }
        try {
            var answer = Json.MAPPER.readTree(invoked.payload());
            var status = answer.path("statusCode");
            return status.isInt() ? new Outcome.Answered(status.intValue(), answer) : Outcome.Failure.FAILED;
        } catch (JsonProcessingException notJson) {
            return Outcome.Failure.FAILED;
        }
    }
}
