package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Functions whose behaviour a test sets, and which keep their events in the order of their arrival. */
final class ScriptedFunctions implements Functions {
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, StreamScript> streams = new ConcurrentHashMap<>();
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

    @FunctionalInterface
    interface Script {
        InvocationResult run(JsonNode event) throws InvocationException, InterruptedException;
    }

    @FunctionalInterface
    interface StreamScript {
        ResponseBody run(JsonNode event) throws InvocationException, InterruptedException;
    }

    ScriptedFunctions on(String function, Script script) {
        scripts.put(function, script);
        return this;
    }

    ScriptedFunctions answers(String function, String payload) {
        return on(function, event -> new InvocationResult(payload, false));
    }

    ScriptedFunctions streams(String function, StreamScript script) {
        streams.put(function, script);
        return this;
    }

    @Override
    public InvocationResult invoke(String functionName, String payload)
            throws InvocationException, InterruptedException {
        var event = read(payload);
        events.add(event);
        var script = scripts.get(functionName);
        if (script == null) {
            throw new InvocationException("ResourceNotFoundException", 404, "Function not found: " + functionName);
        }
        return script.run(event);
    }

    @Override
    public ResponseBody invokeWithResponseStream(String functionName, String payload)
            throws InvocationException, InterruptedException {
        var event = read(payload);
        events.add(event);
        var script = streams.get(functionName);
        if (script == null) {
            throw new InvocationException("ResourceNotFoundException", 404, "Function not found: " + functionName);
        }
        return script.run(event);
    }

    /** The next event that a function received; waits for it. */
    JsonNode next() throws InterruptedException {
        var event = events.poll(10, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("No function was invoked within 10 s");
        }
        return event;
    }

    /** The number of events that were not returned by {@link #next}. */
    int waiting() {
        return events.size();
    }

    private static JsonNode read(String payload) {
        try {
            return Json.MAPPER.readTree(payload);
        } catch (JsonProcessingException e) {
            throw new AssertionError("An event is not JSON: " + payload, e);
        }
    }
}
