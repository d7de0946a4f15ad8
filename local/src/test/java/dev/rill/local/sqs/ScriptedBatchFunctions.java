package dev.rill.local.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.lambda.Functions;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Functions whose responses a test gives, one for each invocation, after it has seen the event. */
final class ScriptedBatchFunctions implements Functions {
    private final BlockingQueue<Invocation> invocations = new LinkedBlockingQueue<>();

    /** An invocation that waits for the test's response. */
    static final class Invocation {
        private final String functionName;
        private final JsonNode event;
        private final BlockingQueue<Answer> answer = new LinkedBlockingQueue<>();

        private Invocation(String functionName, JsonNode event) {
            this.functionName = functionName;
            this.event = event;
        }

        String functionName() {
            return functionName;
        }

        JsonNode event() {
            return event;
        }

        /** The bodies of the event's records, joined by commas. */
        String bodies() {
            return String.join(
                    ",",
                    event.path("Records")
                            .valueStream()
                            .map(entry -> entry.path("body").asText())
                            .toList());
        }

        int size() {
            return event.path("Records").size();
        }

        String messageId(int index) {
            return event.path("Records").path(index).path("messageId").asText();
        }

        void answer(String payload) {
            answer.add(() -> new InvocationResult(payload, false));
        }

        void fail() {
            answer.add(() -> new InvocationResult("{\"errorMessage\":\"boom\"}", true));
        }

        void refuse(String code, int status) {
            answer.add(() -> {
                throw new InvocationException(code, status, "scripted");
            });
        }
    }

    private interface Answer {
        InvocationResult give() throws InvocationException;
    }

    /** The next invocation, in order of arrival. */
    Invocation next() throws InterruptedException {
        var invocation = invocations.poll(20, TimeUnit.SECONDS);
        if (invocation == null) {
            throw new AssertionError("no invocation within 20 s");
        }
        return invocation;
    }

    /** The number of invocations that were not returned by {@link #next}. */
    int waiting() {
        return invocations.size();
    }

    @Override
    public InvocationResult invoke(String functionName, String payload)
            throws InvocationException, InterruptedException {
        try {
            var invocation = new Invocation(functionName, new JsonMapper().readTree(payload));
            invocations.add(invocation);
            return invocation.answer.take().give();
        } catch (JsonProcessingException e) {
            throw new AssertionError("the event is not JSON", e);
        }
    }

    @Override
    public ResponseBody invokeWithResponseStream(String functionName, String payload) {
        throw new AssertionError("event sources do not stream");
    }
}
