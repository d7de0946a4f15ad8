package dev.rill.streaming;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The example of the README, which repeats the lines between the marks. A test compares both and runs the example. */
// @start
public final class ReadmeExample implements HttpHandler {

    private final String greeting;

    ReadmeExample(String greeting) {
        this.greeting = greeting;
    }

    public static void main(String[] args) {
        StreamingRuntime.start(snapshot -> {
            snapshot.afterRestore(() -> System.out.println("fresh out of the snapshot"));
            return StreamingHandler.http(new ReadmeExample(System.getenv("GREETING")));
        });
    }

    @Override
    public void handle(Request request, ResponseStream response) throws IOException {
        if (!request.method().equals("POST")) {
            response.open(ResponseHead.of(405).header("allow", "POST"));
            return;
        }
        var body = response.open(ResponseHead.of(200, "text/plain; charset=utf-8"));
        for (var word : request.bodyText().split(" ", -1)) {
            // Sent before write returns.
            body.write((greeting + " " + word + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
// @end
