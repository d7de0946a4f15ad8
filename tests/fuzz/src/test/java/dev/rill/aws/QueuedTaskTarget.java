package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;

/** The body of a message on the prompt queue. */
public final class QueuedTaskTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        try {
            var task = SqsTaskQueue.parse(new String(input, UTF_8));
            Checks.require(ResponseId.find(task.responseId().value()).isPresent(), "an id that is none");
        } catch (IllegalArgumentException e) {
            Checks.requireQuotesNothing(e);
        }
    }
}
