package dev.rill.local.lambda.sample;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.InputStream;
import java.io.OutputStream;

/** Fails in its constructor as its variable {@code FAILURE} says. */
public final class InitFailingSample implements RequestStreamHandler {

    public InitFailingSample() throws InterruptedException {
        switch (String.valueOf(System.getenv("FAILURE"))) {
            case "exit" -> Runtime.getRuntime().halt(3);
            case "hang" -> Thread.currentThread().join();
            default -> throw new IllegalStateException("no settings");
        }
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) {
        throw new AssertionError("never constructed");
    }
}
