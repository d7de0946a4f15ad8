package dev.rill.openai.completions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Json;
import dev.rill.openai.completions.OutputWriter.CallKind;
import dev.rill.openai.completions.OutputWriter.CallName;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the pieces of tool calls together. By the protocol, a call has an index, and its first piece has the id and the
 * name. Some servers leave out the index, give every call the same one, repeat id and name with each piece, or send a
 * whole call in one piece, with its arguments as an object.
 */
final class ToolCallDecoder {

    /** Above the number of tools that any server takes. */
    private static final int MAX_CALLS = 1_000;

    /** Limit of the arguments of all calls that come before the name, which no event has yet. */
    private static final int MAX_EARLY = 1024 * 1024;

    private final OutputWriter output;
    private final String seed;
    private final Map<Integer, Pending> byIndex = new LinkedHashMap<>();
    private @Nullable Pending last;
    private int count;
    private int early;

    /** A call whose name may not have come yet. */
    private static final class Pending {
        private String id = "";
        private String tool = "";
        private CallKind kind = CallKind.FUNCTION;
        private final StringBuilder early = new StringBuilder();
        private OutputWriter.@Nullable Call call;
    }

    /** @param seed what the ids of calls have in common to which the server gives none */
    ToolCallDecoder(OutputWriter output, String seed) {
        this.output = output;
        this.seed = seed;
    }

    /** Takes one element of {@code tool_calls}. */
    void piece(JsonNode piece) throws ModelException {
        var kind = piece.path("custom").isObject() ? CallKind.CUSTOM : CallKind.FUNCTION;
        var described = piece.path(kind == CallKind.CUSTOM ? "custom" : "function");
        var id = piece.path("id").asText("");
        var name = described.path("name").asText("");
        var pending = find(piece.path("index"), id, name);
        if (pending.id.isEmpty()) {
            pending.id = id;
        }
        if (pending.tool.isEmpty()) {
            pending.tool = name;
            pending.kind = kind;
        }
        arguments(pending, text(described.path(kind == CallKind.CUSTOM ? "input" : "arguments")));
    }

    /** @throws ModelException if a call has no name */
    void end() throws ModelException {
        for (var pending : byIndex.values()) {
            if (pending.call == null) {
                throw ModelException.of(
                        ModelFailure.INVALID_OUTPUT, "The model's server sent a tool call without a name.");
            }
        }
    }

    private Pending find(JsonNode index, String id, String name) throws ModelException {
        var known = index.isInt() ? byIndex.get(index.intValue()) : last;
        if (known != null && !isOther(known, index, id, name)) {
            last = known;
            return known;
        }
        if (++count > MAX_CALLS) {
            throw ModelException.of(
                    ModelFailure.INVALID_OUTPUT, "The model's server sent more than " + MAX_CALLS + " tool calls.");
        }
        var pending = new Pending();
        // The server uses no index below zero, so one keeps apart the calls to which it gives no index.
        byIndex.put(index.isInt() ? index.intValue() : -count, pending);
        last = pending;
        return pending;
    }

    /** Whether a piece with the index of a known call, or without one, begins another call. */
    private static boolean isOther(Pending known, JsonNode index, String id, String name) {
        if (name.isEmpty()) {
            return false;
        }
        return id.isEmpty() ? !index.isInt() : !known.id.isEmpty() && !id.equals(known.id);
    }

    private void arguments(Pending pending, String delta) throws ModelException {
        var call = pending.call;
        if (call == null && !pending.tool.isEmpty()) {
            var id = pending.id.isEmpty() ? "call_" + seed + String.format("%04x", output.size()) : pending.id;
            call = output.call(new CallName(pending.kind, id, pending.tool));
            pending.call = call;
            send(call, pending.early.toString());
        }
        if (call == null) {
            early += delta.length();
            if (early > MAX_EARLY) {
                throw ModelException.of(
                        ModelFailure.INVALID_OUTPUT, "The model's server sent long tool calls without a name.");
            }
            pending.early.append(delta);
        } else {
            send(call, delta);
        }
    }

    private void send(OutputWriter.Call call, String delta) {
        if (!delta.isEmpty()) {
            output.arguments(call, delta);
        }
    }

    private static String text(JsonNode arguments) {
        return arguments.isObject() ? Json.write(arguments) : arguments.asText("");
    }
}
