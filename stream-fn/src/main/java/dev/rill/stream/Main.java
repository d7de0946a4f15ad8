package dev.rill.stream;

import dev.rill.aws.Aws;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.Priming;
import dev.rill.streaming.Failure;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;
import java.io.IOException;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The program of the function. {@code bootstrap-streaming} starts it instead of AWS's Java runtime, which can't stream.
 */
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        var runtime = new StreamingRuntime(System.getenv(), Clock.systemUTC(), Main::log);
        System.exit(runtime.run(snapshot -> {
                    var wiring = new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment());
                    snapshot.beforeCheckpoint(() -> Priming.prime(wiring::prime));
                    return new LoggedHandler(StreamingHandler.http(wiring.routes()));
                })
                .code());
    }

    private static void log(Failure failure) {
        try (var _ = MDC.putCloseable("function_request_id", failure.requestId() == null ? "-" : failure.requestId())) {
            if (failure.cause() instanceof IOException) {
                // A connection broke, such as that of a client that has left. The stack trace would not help.
                LOG.warn(failure.what());
            } else {
                LOG.error(failure.what(), failure.cause());
            }
        }
    }
}
