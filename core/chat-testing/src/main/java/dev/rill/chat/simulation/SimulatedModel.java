package dev.rill.chat.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model's server. Each call says other words, so that a text tells which call it is from; it may refuse, stall, be
 * cut, send nonsense or give up.
 */
public final class SimulatedModel {

    private static final Duration IDLE_LIMIT = Duration.ofSeconds(20);
    private static final List<ModelFailure> REFUSALS = List.of(
            ModelFailure.REJECTED,
            ModelFailure.UNAUTHORIZED,
            ModelFailure.NOT_FOUND,
            ModelFailure.RATE_LIMITED,
            ModelFailure.RATE_LIMITED,
            ModelFailure.OUT_OF_QUOTA,
            ModelFailure.SERVER_ERROR,
            ModelFailure.SERVER_ERROR,
            ModelFailure.UNREACHABLE);

    private final SimulatedTime time;
    private final Chaos chaos;
    private final Story story;
    private final List<Call> calls = new ArrayList<>();
    private int servers = 1;

    /** One request that the server was sent. */
    public static final class Call {
        private final int number;
        private final String prompt;
        private final SimulatedProcess process;
        private final String text;
        private final List<String> turns;
        private Outcome outcome = Outcome.UNDER_WAY;
        private Optional<ModelFailure> failure = Optional.empty();
        private @Nullable Instant endedAt;
        private final Instant startedAt;
        private boolean begun;
        private boolean replacement;
        private Instant readAt;

        Call(int number, List<String> turns, SimulatedProcess process, String text, Instant startedAt) {
            this.startedAt = startedAt;
            this.readAt = startedAt;
            this.number = number;
            this.turns = List.copyOf(turns);
            this.prompt = turns.isEmpty() ? "" : turns.getLast();
            this.process = process;
            this.text = text;
        }

        /** The prompt's last words, as the client sent them. */
        public String prompt() {
            return prompt;
        }

        /** The texts of the conversation, the prompt last. */
        public List<String> turns() {
            return turns;
        }

        /** The process that asked. */
        public SimulatedProcess process() {
            return process;
        }

        /** All that it says, if it comes to its end. */
        public String text() {
            return text;
        }

        public Outcome outcome() {
            return outcome;
        }

        /** How it failed; empty where it did not. */
        public Optional<ModelFailure> failure() {
            return failure;
        }

        /** When the server was asked. */
        public Instant startedAt() {
            return startedAt;
        }

        /** Whether the caller was sent a piece of the answer. */
        public boolean hasBegun() {
            return begun;
        }

        /** Whether it was made because the call before it failed after output. */
        public boolean isReplacement() {
            return replacement;
        }

        /** When its caller was given the newest event. */
        public Instant readAt() {
            return readAt;
        }

        /** For how long it has answered, or had. */
        public Duration took(Instant now) {
            return Duration.between(startedAt, endedAt().orElse(now));
        }

        /** When its stream was closed, or ended; empty while it is open. */
        public Optional<Instant> endedAt() {
            return Optional.ofNullable(endedAt);
        }

        @Override
        public String toString() {
            return "call " + number + " by " + process.name() + " for '" + prompt + "' (" + outcome
                    + failure.map(it -> " " + it).orElse("") + ")";
        }
    }

    /** What became of a call. */
    public enum Outcome {
        UNDER_WAY,
        REFUSED,
        FAILED,
        COMPLETED,
        /** It said itself that its answer is incomplete or has failed. */
        GAVE_UP,
        CLOSED
    }

    private enum Place {
        FIRST,
        /** In place of a server that has failed after output. */
        REPLACEMENT
    }

    private sealed interface Step {
        record Say(String type, ObjectNode payload) implements Step {}

        /** Says what no client could be shown. */
        record Babble(String type, ObjectNode payload, ModelFailure failure) implements Step {}

        record Fail(ModelFailure failure) implements Step {}

        record Stall() implements Step {}

        record End() implements Step {}
    }

    public SimulatedModel(SimulatedTime time, Chaos chaos, Story story) {
        this.time = time;
        this.chaos = chaos;
        this.story = story;
    }

    /** Is a list of so many servers from now on: where one fails after output, the next one answers anew. */
    public void list(int length) {
        servers = length;
    }

    /** The model as one process reaches it. */
    public Model of(SimulatedProcess process) {
        return request -> open(request, process, Place.FIRST);
    }

    /** All calls, in their order. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    private Stream open(ObjectNode request, SimulatedProcess process, Place place)
            throws ModelException, InterruptedException {
        var read = Json.findObject(Json.write(request)).orElseThrow();
        process.sleep(chaos.millis(5, 400));
        boolean slow = chaos.chance(0.15);
        int words = 1 + chaos.below(slow || chaos.chance(0.2) ? 40 : 8);
        var call = new Call(calls.size(), turns(read), process, text(calls.size(), words), time.instant());
        call.replacement = place == Place.REPLACEMENT;
        calls.add(call);
        story.tellOf("model", "is asked: %s", call);
        if (chaos.strikes(Fault.MODEL_REFUSES, "model")) {
            var failure = REFUSALS.get(chaos.below(REFUSALS.size()));
            end(call, Outcome.REFUSED, failure);
            process.sleep(chaos.millis(1, 200));
            var exception = ModelException.of(failure, "the model says no");
            throw chaos.chance(0.2) ? exception.retryAfter(chaos.millis(0, 3_000)) : exception;
        }
        process.sleep(chaos.millis(5, 100));
        return new Stream(request, call, steps(call, words), pace(slow));
    }

    /** Some models say a word in ten milliseconds, some need a second for one. */
    private Duration pace(boolean slow) {
        if (slow) {
            return chaos.millis(1_000, 3_000);
        }
        return chaos.chance(0.25) ? chaos.millis(1, 20) : chaos.millis(1, 300);
    }

    private void end(Call call, Outcome outcome, @Nullable ModelFailure failure) {
        if (call.outcome == Outcome.UNDER_WAY) {
            call.outcome = outcome;
            call.failure = Optional.ofNullable(failure);
            call.endedAt = time.instant();
            story.tellOf("model", "ends %s", call);
        }
    }

    /** A process that is killed can close nothing; its machine does. */
    public void onKilled(SimulatedProcess process) {
        calls.stream().filter(call -> call.process.equals(process)).forEach(call -> end(call, Outcome.CLOSED, null));
    }

    private static List<String> turns(ObjectNode request) {
        var input = request.path("input");
        if (input.isTextual()) {
            return List.of(input.textValue());
        }
        var turns = new ArrayList<String>();
        for (var item : input) {
            var content = item.path("content");
            turns.add(
                    content.isTextual()
                            ? content.textValue()
                            : content.path(0).path("text").asText());
        }
        turns.removeIf(String::isEmpty);
        return turns;
    }

    private static String text(int call, int words) {
        var text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(word(call, i));
        }
        return text.toString();
    }

    private static String word(int call, int index) {
        return call + "." + index + " ";
    }

    private Deque<Step> steps(Call call, int words) {
        var steps = new ArrayList<Step>();
        // In a list, the output of a replacement has another index, so that what is kept of the one before shows.
        int index = call.replacement ? 0 : servers - 1;
        steps.add(say("response.created", "{'response':{'id':'model'}}"));
        steps.add(say("response.in_progress", "{'response':{'id':'model'}}"));
        steps.add(
                say(
                        "response.output_item.added",
                        "{'output_index':" + index
                                + ",'item':{'type':'message','id':'msg_1','status':'in_progress','role':'assistant','content':[]}}"));
        steps.add(say(
                "response.content_part.added",
                "{'item_id':'msg_1','output_index':" + index
                        + ",'content_index':0,'part':{'type':'output_text','text':'','annotations':[]}}"));
        for (int i = 0; i < words; i++) {
            steps.add(say(
                    "response.output_text.delta",
                    "{'item_id':'msg_1','output_index':" + index + ",'content_index':0,'delta':'" + word(call.number, i)
                            + "'}"));
        }
        steps.add(terminal("completed", call.text));
        trouble(call, steps);
        steps.add(new Step.End());
        return new ArrayDeque<>(steps);
    }

    /** Puts what goes wrong somewhere into an answer, in place of all that follows. */
    private void trouble(Call call, List<Step> steps) {
        Step trouble;
        if (chaos.strikes(Fault.MODEL_CUT, "model")) {
            trouble = chaos.chance(0.5) ? new Step.Fail(ModelFailure.DISCONNECTED) : new Step.End();
        } else if (chaos.strikes(Fault.MODEL_STALLS, "model")) {
            trouble = new Step.Stall();
        } else if (chaos.strikes(Fault.MODEL_NONSENSE, "model")) {
            trouble = switch (chaos.below(4)) {
                case 0 -> new Step.Fail(ModelFailure.INVALID_OUTPUT);
                case 1 -> babble(say("response.output_text.delta", "{'delta':17}"), ModelFailure.INVALID_OUTPUT);
                case 2 -> babble(say("error", "{'message':'the model is on fire'}"), ModelFailure.SERVER_ERROR);
                default -> babble(say("response.completed", "{'response':[]}"), ModelFailure.INVALID_OUTPUT);
            };
        } else if (chaos.strikes(Fault.MODEL_GIVES_UP, "model")) {
            trouble = terminal(chaos.chance(0.5) ? "incomplete" : "failed", "");
        } else {
            return;
        }
        int from = chaos.below(steps.size());
        story.tellOf("model", "will go wrong after %d events: %s", from, call);
        steps.subList(from, steps.size()).clear();
        steps.add(trouble);
    }

    private static Step terminal(String status, String text) {
        return say(
                "response." + status,
                "{'response':{'id':'model','status':'" + status + "','output':["
                        + (text.isEmpty()
                                ? ""
                                : "{'type':'message','id':'msg_1','status':'completed','role':'assistant','content':[{'type':'output_text','text':'"
                                        + text + "','annotations':[]}]}")
                        + "],'usage':{'input_tokens':1,'output_tokens':2,'total_tokens':3}"
                        + (status.equals("incomplete") ? ",'incomplete_details':{'reason':'max_output_tokens'}" : "")
                        + (status.equals("failed") ? ",'error':{'code':'model_tired','message':'tired'}" : "") + "}}");
    }

    private static Step babble(Step.Say what, ModelFailure failure) {
        return new Step.Babble(what.type, what.payload, failure);
    }

    private static Step.Say say(String type, String json) {
        return new Step.Say(
                type, Json.findObject(json.replace('\'', '"')).orElseThrow().put("type", type));
    }

    private final class Stream implements ModelStream {
        private final ObjectNode request;
        private Call call;
        private Deque<Step> steps;
        private Duration pace;
        private int asked = 1;
        private final Mailbox<Boolean> closing = new Mailbox<>(time, "the model");
        private boolean closed;

        Stream(ObjectNode request, Call call, Deque<Step> steps, Duration pace) {
            this.request = request;
            this.call = call;
            this.steps = steps;
            this.pace = pace;
        }

        @Override
        public Optional<ModelEvent> next() throws ModelException {
            var step = steps.pollFirst();
            var wait = step instanceof Step.Stall ? IDLE_LIMIT : chaos.between(Duration.ZERO, pace);
            if (closed || isClosedWithin(wait)) {
                end(call, Outcome.CLOSED, null);
                throw ModelException.of(ModelFailure.DISCONNECTED, "closed");
            }
            return switch (step) {
                case Step.Say(var type, var payload) -> {
                    call.readAt = time.instant();
                    call.begun |= type.startsWith("response.output") || type.startsWith("response.content");
                    if (type.equals("response.completed")
                            && payload.path("response").isObject()) {
                        end(call, Outcome.COMPLETED, null);
                    } else if (type.equals("response.incomplete") || type.equals("response.failed")) {
                        end(call, Outcome.GAVE_UP, null);
                    }
                    yield Optional.of(new ModelEvent(type, payload));
                }
                case Step.Babble(var type, var payload, var failure) -> {
                    end(call, Outcome.FAILED, failure);
                    yield Optional.of(new ModelEvent(type, payload));
                }
                case Step.Fail(var failure) -> {
                    end(call, Outcome.FAILED, failure);
                    throw ModelException.of(failure, "the model's stream fails");
                }
                case Step.Stall() -> {
                    end(call, Outcome.FAILED, ModelFailure.STALLED);
                    throw ModelException.of(ModelFailure.STALLED, "the model is silent");
                }
                case Step.End() -> {
                    end(call, Outcome.FAILED, ModelFailure.DISCONNECTED);
                    yield Optional.empty();
                }
                case null -> Optional.empty();
            };
        }

        @Override
        public boolean restart(ModelException failure) throws InterruptedException {
            while (asked < servers && !closed) {
                asked++;
                int before = calls.size();
                try {
                    replace(open(request, call.process, Place.REPLACEMENT));
                    return true;
                } catch (ModelException _) {
                    // The next one is asked.
                } catch (InterruptedException e) {
                    calls.subList(before, calls.size()).stream()
                            .filter(asked -> asked.process.equals(call.process))
                            .forEach(asked -> end(asked, Outcome.CLOSED, null));
                    throw e;
                }
            }
            return false;
        }

        private void replace(Stream other) {
            end(call, Outcome.CLOSED, null);
            call = other.call;
            steps = other.steps;
            pace = other.pace;
        }

        private boolean isClosedWithin(Duration wait) {
            try {
                closed |= closing.take(wait).isPresent();
                return closed;
            } catch (InterruptedException _) {
                // As an HTTP client does it: the interrupt breaks the stream off.
                Thread.currentThread().interrupt();
                closed = true;
                return true;
            }
        }

        @Override
        public void close() {
            closing.put(true, Duration.ZERO);
            end(call, Outcome.CLOSED, null);
        }
    }
}
