package dev.rill.local;

import dev.rill.local.lambda.Functions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Functions that are not deployed yet. The functions' environment variables name the gateway's ports, so the gateway
 * listens first. An invocation that arrives before the functions are ready waits for them. Safe for use by many
 * threads.
 */
final class DeferredFunctions implements Functions {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final CompletableFuture<Functions> functions = new CompletableFuture<>();

    /** Sets the functions, and releases the invocations that wait. */
    void complete(Functions ready) {
        functions.complete(ready);
    }

    @Override
    public InvocationResult invoke(String functionName, String payload)
            throws InvocationException, InterruptedException {
        return await().invoke(functionName, payload);
    }

    @Override
    public ResponseBody invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException {
        return await().invokeWithResponseStream(functionName, payload);
    }

    private Functions await() throws InvocationException, InterruptedException {
        try {
            return functions.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new InvocationException("ServiceException", 503, "The functions are not ready");
        } catch (ExecutionException e) {
            throw new IllegalStateException("the future is never completed exceptionally", e);
        }
    }
}
