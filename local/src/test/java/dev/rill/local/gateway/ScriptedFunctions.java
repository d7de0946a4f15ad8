package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.local.lambda.Functions;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Functions that do what a test says, and remember their events in the order in which they came. */
final class ScriptedFunctions implements Functions {
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, StreamScript> streams = new ConcurrentHashMap<>();
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

    @FunctionalInterface
    interface Script {
        Invoked run(JsonNode event) throws InvocationException, InterruptedException;
    }

    @FunctionalInterface
    interface StreamScript {
        Streamed run(JsonNode event) throws InvocationException, InterruptedException;
    }

    ScriptedFunctions on(String function, Script script) {
        scripts.put(function, script);
        return this;
    }

    ScriptedFunctions answers(String function, String payload) {
        return on(function, event -> new Invoked(payload, false));
    }

    ScriptedFunctions streams(String function, StreamScript script) {
        streams.put(function, script);
        return this;
    }

    @Override
    public Invoked invoke(String functionName, String payload) throws InvocationException, InterruptedException {
        var event = read(payload);
        events.add(event);
        var script = scripts.get(functionName);
        if (script == null) {
            throw new InvocationException("ResourceNotFoundException", 404, "Function not found: " + functionName);
        }
        return script.run(event);
    }

    @Override
    public Streamed invokeWithResponseStream(String functionName, String payload)
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

    /** How many events nobody has asked for. */
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
