package dev.rill.load.faults.prompt;

import dev.rill.load.faults.prompt.ClientAction.Channel;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What one client asks and does.
 *
 * @param prompt unique in its first 80 characters, by which the simulated model's notes know it
 * @param request how it is asked
 * @param actions what the client does when so many events have been taken
 * @param script what the model was told to do with it
 */
public record PromptPlan(String prompt, Request request, Map<Integer, ClientAction> actions, ModelScript script) {

    /** As much of a prompt as the model's notes have. */
    static final int TAG = 80;

    private static final int WORD = 100;
    private static final int LETTERS = 36;

    public PromptPlan {
        actions = Map.copyOf(actions);
    }

    /** How the request before it in the same conversation is referred to. */
    public enum Link {
        /** Not at all. */
        NONE,
        /** By {@code previous_response_id}. */
        CONTINUES,
        /** It is the same request, under the same {@code event_id}. */
        REPEATS
    }

    /** What a client does that does not hear of its request. */
    public enum Repeat {
        /** Asks again under the same {@code event_id} or {@code Idempotency-Key}. */
        UNDER_THE_SAME_KEY,
        /** Has no key, and so never asks again. */
        NEVER
    }

    /**
     * How a prompt is asked.
     *
     * @param via how it is sent; a client of HTTP also reads over HTTP
     * @param stored whether the response is to be kept, as it is by default
     * @param padding characters of random words behind the prompt
     * @param subprotocol that the client's sockets offer
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

    /** What becomes of a prompt at the model. */
    public enum ModelOutcome {
        ANSWERED,
        FAILED
    }

    /**
     * What the model was told to do.
     *
     * @param calls how often it is asked at most where no worker dies: once, and once more for each refusal that may be
     *     asked again
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

    public PromptPlan withActions(Map<Integer, ClientAction> others) {
        return new PromptPlan(prompt, request, others, script);
    }

    public PromptPlan withScript(ModelScript other) {
        return new PromptPlan(prompt, request, actions, other);
    }

    /** What is sent. */
    public String text() {
        return text(request.padding());
    }

    /** By what the model's notes know it. */
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
        // Random, so that no compression makes it small; the same each time.
        var random = new SplittableRandom(prompt.hashCode());
        var text = new StringBuilder(prompt.length() + padding + 1).append(prompt);
        for (int i = 0; i < padding; i++) {
            text.append(i % WORD == 0 ? ' ' : Character.forDigit(random.nextInt(LETTERS), LETTERS));
        }
        return text.toString();
    }
}
