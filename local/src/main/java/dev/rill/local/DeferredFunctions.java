package dev.rill.local;

import dev.rill.local.lambda.Functions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Functions that are there later. The functions' environment names the gateway's ports, so the gateway listens first;
 * whoever comes before the functions are ready waits for them.
 */
final class DeferredFunctions implements Functions {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final CompletableFuture<Functions> functions = new CompletableFuture<>();

    /** From now on these are invoked. */
    void complete(Functions ready) {
        functions.complete(ready);
    }

    @Override
    public Invoked invoke(String functionName, String payload) throws InvocationException, InterruptedException {
        return await().invoke(functionName, payload);
    }

    @Override
    public Streamed invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException {
        return await().invokeWithResponseStream(functionName, payload);
    }

    private Functions await() throws InvocationException, InterruptedException {
        try {
            return functions.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new InvocationException("ServiceException", 503, "The functions are not ready");
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes it with a failure", e);
        }
    }
}
