package dev.rill.load.faults.prompt;

import dev.rill.load.faults.prompt.ClientAction.Channel;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One prompt, and what its client does.
 *
 * @param prompt unique in its first 80 characters, which the simulated model's statistics keep
 * @param request how it is sent
 * @param actions what the client does, by the number of events that it has accepted by then
 * @param script what the prompt tells the model to do
 */
public record PromptPlan(String prompt, Request request, Map<Integer, ClientAction> actions, ModelScript script) {

    /** Characters of a prompt that the model's statistics keep. */
    static final int TAG = 80;

    private static final int WORD = 100;
    private static final int LETTERS = 36;

    public PromptPlan {
        actions = Map.copyOf(actions);
    }

    /** How a request refers to the one before it in the same conversation. */
    public enum Link {
        /** Not at all. */
        NONE,
        /** By {@code previous_response_id}. */
        CONTINUES,
        /** It repeats that request under the same {@code event_id}. */
        REPEATS
    }

    /** What a client does that does not learn whether its request was accepted. */
    public enum Repeat {
        /** Repeats the request under the same {@code event_id} or {@code Idempotency-Key}. */
        UNDER_THE_SAME_KEY,
        /** Has no key, and so never repeats the request. */
        NEVER
    }

    /**
     * How a prompt is sent.
     *
     * @param via the channel; the answer of a request over HTTP is also read over HTTP
     * @param stored whether Rill is to store the response, as it does by default
     * @param padding the number of random characters after the prompt
     * @param subprotocol the WebSocket subprotocol that the client offers
     */
    public record Request(
            Channel via, Repeat repeat, Link link, boolean stored, int padding, Optional<String> subprotocol) {
        public static final Request PLAIN =
                new Request(Channel.SOCKET, Repeat.UNDER_THE_SAME_KEY, Link.NONE, true, 0, Optional.empty());

        public Request over(Channel other) {
            return new Request(other, repeat, link, stored, padding, subprotocol);
        }

        public Request without(Repeat other) {
            return new Request(via, other, link, stored, padding, subprotocol);
        }

        public Request linked(Link other) {
            return new Request(via, repeat, other, stored, padding, subprotocol);
        }

        public Request unstored() {
            return new Request(via, repeat, link, false, padding, subprotocol);
        }

        public Request padded(int characters) {
            return new Request(via, repeat, link, stored, characters, subprotocol);
        }

        public Request offering(String protocol) {
            return new Request(via, repeat, link, stored, padding, Optional.of(protocol));
        }
    }

    /** How the model ends a prompt. */
    public enum ModelOutcome {
        ANSWERED,
        FAILED
    }

    /**
     * What the model does with a prompt.
     *
     * @param calls the most requests that the model gets if no worker dies: one, and one more for each refusal that
     *     Rill retries
     */
    public record ModelScript(ModelOutcome outcome, int calls) {
        public static final ModelScript ANSWERED = new ModelScript(ModelOutcome.ANSWERED, 1);

        public static ModelScript failed(int calls) {
            return new ModelScript(ModelOutcome.FAILED, calls);
        }

        public static ModelScript answeredAfter(int refusals) {
            return new ModelScript(ModelOutcome.ANSWERED, refusals + 1);
        }
    }

    public static PromptPlan toTheEnd(String prompt) {
        return new PromptPlan(prompt, Request.PLAIN, Map.of(), ModelScript.ANSWERED);
    }

    public PromptPlan withRequest(Request other) {
        return new PromptPlan(prompt, other, actions, script);
    }

    public PromptPlan withActions(Map<Integer, ClientAction> newActions) {
        return new PromptPlan(prompt, request, newActions, script);
    }

    public PromptPlan withScript(ModelScript other) {
        return new PromptPlan(prompt, request, actions, other);
    }

    /** The request's {@code input}. */
    public String text() {
        return text(request.padding());
    }

    /** The characters by which the model's statistics name the prompt. */
    public String tag() {
        var beginning = text(Math.min(request.padding(), TAG));
        return beginning.substring(0, Math.min(beginning.length(), TAG));
    }

    public boolean hasStop() {
        return actions.values().stream().anyMatch(ClientAction.Stop.class::isInstance);
    }

    private String text(int padding) {
        if (padding == 0) {
            return prompt;
        }
        // Random, so that compression does not shrink it; seeded, so that each call gives the same text.
        var random = new SplittableRandom(prompt.hashCode());
        var text = new StringBuilder(prompt.length() + padding + 1).append(prompt);
        for (int i = 0; i < padding; i++) {
            text.append(i % WORD == 0 ? ' ' : Character.forDigit(random.nextInt(LETTERS), LETTERS));
        }
        return text.toString();
    }
}
