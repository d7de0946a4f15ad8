package dev.rill.local.lambda.sample;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.crac.Core;
import org.crac.Resource;

/** Answers the order in which its constructor and hooks have run. */
public final class SnapStartSample implements RequestStreamHandler, Resource {

    private final StringBuilder trace = new StringBuilder("construct");

    public SnapStartSample() {
        Core.getGlobalContext().register(this);
    }

    @Override
    public void beforeCheckpoint(org.crac.Context<? extends Resource> context) {
        trace.append(";checkpoint");
    }

    @Override
    public void afterRestore(org.crac.Context<? extends Resource> context) {
        trace.append(";restore");
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        input.readAllBytes();
        trace.append(";invoke");
        output.write(("\"" + trace + " " + context.getFunctionVersion() + "\"").getBytes(StandardCharsets.UTF_8));
    }
}
