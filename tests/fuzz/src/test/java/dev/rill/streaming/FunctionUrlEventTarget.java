package dev.rill.streaming;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.time.Clock;
import java.util.Map;

/** The event of a function URL. */
public final class FunctionUrlEventTarget implements FuzzTarget {

    private static final Map<String, String> HEADERS = Map.of(Invocation.REQUEST_ID, "r", Invocation.DEADLINE, "1");

    @Override
    public void test(byte[] input) {
        try {
            var request = Request.of(new Invocation(input, HEADERS, Clock.systemUTC()));
            request.query("stream");
            request.queryAll("a");
            request.header("content-type");
            request.cookie("a");
            request.sourceIp();
            request.context("authorizer", "jwt", "claims", "sub");
            Checks.require(request.body().length <= input.length, "a body that is larger than its event");
            request.bodyText();
        } catch (MalformedEventException e) {
            Checks.requireQuotesNothing(e);
        }
    }
}
