package dev.rill.load.faults.client;

import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.faults.wire.RillClient;
import dev.rill.load.faults.wire.ServerEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The prompts of one client, one after the other, each with a socket of its own. The conversation ends early at a
 * prompt whose answer does not end as the model was told. One thread sends; {@link #progress} is safe for other
 * threads.
 */
public final class Conversation implements AutoCloseable {

    private static final int SHOWN = 80;

    private final RillClient rill;
    private final List<PromptPlan> plans;
    private final InstantSource clock;
    private final List<ResumingClient> turns = new CopyOnWriteArrayList<>();
    private final List<List<String>> earlier = new ArrayList<>();

    /**
     * One prompt and its answer.
     *
     * @param events the events that its client accepted, by their numbers
     * @param eventId the request's idempotency key
     * @param earlier the messages that the model must have got before the prompt: role and first 80 characters of each
     */
    public record Turn(PromptOutcome answer, List<ServerEvent> events, String eventId, List<String> earlier) {

        public Turn {
            events = List.copyOf(events);
            earlier = List.copyOf(earlier);
        }
    }

    public Conversation(RillClient rill, List<PromptPlan> plans, InstantSource clock) {
        this.rill = rill;
        this.plans = List.copyOf(plans);
        this.clock = clock;
    }

    /**
     * Sends the prompts, and returns when the last of them has its end or its time is over.
     *
     * @param timeout for each prompt
     */
    public void ask(Duration timeout) throws InterruptedException {
        var told = new ArrayList<String>();
        var previous = Optional.<String>empty();
        var eventId = UUID.randomUUID().toString();
        for (var plan : plans) {
            var continues = plan.request().link() == PromptPlan.Link.CONTINUES;
            if (plan.request().link() != PromptPlan.Link.REPEATS) {
                eventId = UUID.randomUUID().toString();
            }
            var turn = new ResumingClient(rill, plan, continues ? previous : Optional.empty(), eventId, clock);
            earlier.add(continues ? List.copyOf(told) : List.of());
            turns.add(turn);
            turn.ask(timeout);
            var answer = turn.result();
            if (answer.ending()
                    != (plan.script().outcome() == PromptPlan.ModelOutcome.ANSWERED
                            ? Ending.COMPLETED
                            : Ending.FAILED)) {
                return;
            }
            previous = answer.responseId();
            told.add("user: " + first(plan.text()));
            told.add("assistant: " + first(answer.received().text()));
        }
    }

    public int prompts() {
        return plans.size();
    }

    public List<ResumingClient.ClientProgress> progress() {
        return turns.stream().map(ResumingClient::progress).toList();
    }

    /** The prompts that were sent, with everything that has arrived until now. */
    public List<Turn> turns() throws InterruptedException {
        var all = new ArrayList<Turn>();
        for (int i = 0; i < turns.size(); i++) {
            var turn = turns.get(i);
            all.add(new Turn(turn.result(), turn.events(), turn.eventId(), earlier.get(i)));
        }
        return all;
    }

    @Override
    public void close() {
        turns.forEach(ResumingClient::close);
    }

    private static String first(String text) {
        return text.substring(0, Math.min(text.length(), SHOWN));
    }
}
