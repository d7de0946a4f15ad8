package dev.rill.chat.memory;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model that plays the next script each time it is opened, and repeats the last one. Safe for use by many threads.
 */
public final class ScriptedModel implements Model {

    /** What the stream does when the next event is read. */
    public sealed interface Step {
        record Say(String type, String json) implements Step {}

        record Fail(ModelException failure) implements Step {}

        /** Sends nothing until the stream is closed. */
        record StayOpen() implements Step {}

        /** Sends nothing until the call returns. */
        record Pause(BlockingCall until) implements Step {}

        /** Sends the same event until the stream is closed. */
        record Repeat(Say what) implements Step {}

        /** Throws an exception that the port does not declare. */
        record Burst() implements Step {}
    }

    /** Blocks the thread that reads the stream, such as {@link Gate#await}. */
    @FunctionalInterface
    public interface BlockingCall {
        void await() throws InterruptedException;
    }

    /** A script: a refusal, or the steps of a stream. */
    public record Script(Optional<ModelException> refusal, List<Step> steps) {
        public Script {
            steps = List.copyOf(steps);
        }
    }

    private final ArrayDeque<Script> scripts = new ArrayDeque<>();
    private final List<ObjectNode> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();

    private final Time time;

    private volatile List<ObjectNode> models = List.of();
    private volatile Function<Endpoint, ObjectNode> replies = ScriptedModel::reply;
    private volatile Optional<ModelException> refusal = Optional.empty();

    private ScriptedModel(Time time, List<Script> scripts) {
        this.time = time;
        this.scripts.addAll(scripts);
    }

    /** Creates a model whose open streams block in the system's time. */
    public static ScriptedModel playing(Script... scripts) {
        return new ScriptedModel(Time.system(), List.of(scripts));
    }

    /** Creates a model whose open streams block in this time. */
    public static ScriptedModel playing(Time time, Script... scripts) {
        return new ScriptedModel(time, List.of(scripts));
    }

    /** Lists models with these ids from now on. */
    public ScriptedModel listing(String... ids) {
        models = Stream.of(ids).map(id -> Json.object().put("id", id)).toList();
        return this;
    }

    /** Replies to requests for something else than an answer with this object from now on. */
    public ScriptedModel replying(String json) {
        replies = _ -> Json.findObject(json.replace('\'', '"')).orElseThrow();
        return this;
    }

    /** Refuses requests for something else than an answer from now on. */
    public ScriptedModel refusing(ModelException failure) {
        refusal = Optional.of(failure);
        return this;
    }

    @Override
    public ObjectNode ask(Endpoint endpoint, ObjectNode request, Duration atMost) throws ModelException {
        requests.add(Json.findObject(Json.write(request)).orElseThrow());
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        return replies.apply(endpoint);
    }

    private static ObjectNode reply(Endpoint endpoint) {
        return Json.findObject(
                        switch (endpoint) {
                            case COMPACT ->
                                "{\"id\":\"model-1\",\"object\":\"response.compaction\",\"created_at\":1,\"output\":[{\"type\":\"compaction\","
                                        + "\"id\":\"cmp_1\",\"encrypted_content\":\"sealed\"}],\"usage\":{\"input_tokens\":30,\"output_tokens\":4}}";
                            case INPUT_TOKENS -> "{\"object\":\"response.input_tokens\",\"input_tokens\":7}";
                        })
                .orElseThrow();
    }

    @Override
    public List<ObjectNode> models() {
        return models;
    }

    public static Script accept(Step... steps) {
        return new Script(Optional.empty(), List.of(steps));
    }

    public static Script refuse(ModelFailure failure) {
        return refuse(ModelException.of(failure, "the model refuses"));
    }

    public static Script refuse(ModelException failure) {
        return new Script(Optional.of(failure), List.of());
    }

    /** A complete answer with these deltas. */
    public static Script answer(String... deltas) {
        var steps = new ArrayList<Step>();
        steps.add(say("response.created", "{'response':{'id':'model-1'}}"));
        steps.add(say("response.in_progress", "{'response':{'id':'model-1'}}"));
        steps.add(
                say(
                        "response.output_item.added",
                        "{'output_index':0,'item':{'type':'message','id':'msg_1','status':'in_progress','role':'assistant','content':[]}}"));
        steps.add(
                say(
                        "response.content_part.added",
                        "{'item_id':'msg_1','output_index':0,'content_index':0,'part':{'type':'output_text','text':'','annotations':[]}}"));
        for (var text : deltas) {
            steps.add(delta(text));
        }
        steps.add(completed(String.join("", deltas)));
        return new Script(Optional.empty(), steps);
    }

    public static Step delta(String text) {
        var event = Json.object()
                .put("item_id", "msg_1")
                .put("output_index", 0)
                .put("content_index", 0)
                .put("delta", text);
        return new Step.Say("response.output_text.delta", Json.write(event));
    }

    public static Step completed(String text) {
        return say("response.completed", """
        {'response':{'id':'model-1','status':'completed','model':'gpt-x','output':[{'type':'message','id':'msg_1',
        'status':'completed','role':'assistant','content':[{'type':'output_text','text':'%s','annotations':[]}]}],
        'usage':{'input_tokens':1,'output_tokens':2,'total_tokens':3},'x_unheard':[1.50]}}""".formatted(text));
    }

    /** An event. Single quotes in {@code json} stand for double quotes. */
    public static Step.Say say(String type, String json) {
        return new Step.Say(type, json.replace('\'', '"').replace("\n", ""));
    }

    public static Step fail(ModelFailure failure) {
        return new Step.Fail(ModelException.of(failure, "the model fails"));
    }

    public static Step stayOpen() {
        return new Step.StayOpen();
    }

    public static Step repeat(Step.Say what) {
        return new Step.Repeat(what);
    }

    public static Step pause(BlockingCall until) {
        return new Step.Pause(until);
    }

    public static Step burst() {
        return new Step.Burst();
    }

    /** The requests so far, in order. */
    public List<ObjectNode> requests() {
        return List.copyOf(requests);
    }

    /** The number of streams that have not been closed. */
    public int openStreams() {
        return open.get();
    }

    @Override
    public ModelStream open(ObjectNode request) throws ModelException {
        // Record it as it goes over the wire, because parts of it may be raw JSON.
        requests.add(Json.findObject(Json.write(request)).orElseThrow());
        Script script;
        synchronized (scripts) {
            script = scripts.size() > 1 ? scripts.removeFirst() : scripts.getFirst();
        }
        if (script.refusal().isPresent()) {
            throw script.refusal().get();
        }
        open.incrementAndGet();
        var steps = new ArrayDeque<>(script.steps());
        var closed = new Gate(time);
        return new ModelStream() {
            @Override
            public Optional<ModelEvent> next() throws ModelException {
                if (steps.isEmpty()) {
                    return Optional.empty();
                }
                var step = steps.removeFirst();
                if (step instanceof Step.Repeat(var what)) {
                    if (closed.isOpen()) {
                        throw ModelException.of(ModelFailure.DISCONNECTED, "closed");
                    }
                    steps.addFirst(step);
                    steps.addFirst(what);
                    return next();
                }
                if (step instanceof Step.Pause(var until)) {
                    try {
                        until.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    return next();
                }
                return switch (step) {
                    case Step.Say(var type, var json) ->
                        Optional.of(new ModelEvent(
                                type,
                                Json.findObject(json)
                                        .orElseThrow()
                                        .put("type", type)
                                        .put("sequence_number", 99)));
                    case Step.Fail(var failure) -> throw failure;
                    case Step.Pause _, Step.Repeat _ -> throw new IllegalStateException("handled above");
                    case Step.Burst() -> throw new IllegalStateException("burst");
                    case Step.StayOpen() -> {
                        try {
                            closed.await();
                        } catch (InterruptedException _) {
                            Thread.currentThread().interrupt();
                        }
                        throw ModelException.of(ModelFailure.DISCONNECTED, "closed");
                    }
                };
            }

            @Override
            public void close() {
                if (!closed.isOpen()) {
                    closed.open();
                    open.decrementAndGet();
                }
            }
        };
    }
}
