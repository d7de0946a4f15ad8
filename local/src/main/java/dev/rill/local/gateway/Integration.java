package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.Functions.InvocationResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/** The Lambda proxy integration of the WebSocket API's routes: invokes a function and checks its response. */
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

    /** The outcome of an invocation. */
    sealed interface Outcome {
        /** The function answered with a status, as a proxy integration must. */
        record Answer(int status, JsonNode answer) implements Outcome {}

        /** The function did not answer with a status. */
        enum Failure implements Outcome {
            /** The function failed, or answered without a {@code statusCode}. */
            FAILED,
            /** Lambda refused the invocation: no such function, or no free concurrency. */
            REFUSED,
            /** The function did not answer in time. It continues, and its answer is dropped. */
            TIMED_OUT
        }
    }

    /** Invokes a function and waits for its answer, at most until the integration timeout. */
    Outcome invoke(String function, String event) throws InterruptedException {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        var alarm = scheduler.after(timeout, () -> outcome.complete(Outcome.Failure.TIMED_OUT));
        executor.execute(() -> {
            try {
                outcome.complete(outcomeOf(function, event));
            } finally {
                // The caller must not wait for longer, whatever was thrown.
                outcome.complete(Outcome.Failure.FAILED);
            }
        });
        try {
            return outcome.get();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("the outcome never completes exceptionally", impossible);
        } finally {
            alarm.cancel();
        }
    }

    /** Invokes a function without waiting. The outcome is dropped, because its client has disconnected. */
    void invokeAsync(String function, String event) {
        executor.execute(() -> outcomeOf(function, event));
    }

    private Outcome outcomeOf(String function, String event) {
        try {
            return classify(functions.invoke(function, event));
        } catch (InvocationException e) {
            return Outcome.Failure.REFUSED;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return Outcome.Failure.FAILED;
        }
    }

    private static Outcome classify(InvocationResult invoked) {
        if (invoked.failed()) {
            return Outcome.Failure.FAILED;
        }
        try {
            var answer = Json.MAPPER.readTree(invoked.payload());
            var status = answer.path("statusCode");
            return status.isInt() ? new Outcome.Answer(status.intValue(), answer) : Outcome.Failure.FAILED;
        } catch (JsonProcessingException notJson) {
            return Outcome.Failure.FAILED;
        }
    }
}
