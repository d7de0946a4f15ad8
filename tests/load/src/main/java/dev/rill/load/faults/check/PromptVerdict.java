package dev.rill.load.faults.check;

import dev.rill.load.faults.check.LogCheck.Finding;
import dev.rill.load.faults.client.Conversation.Turn;
import dev.rill.load.faults.client.PromptOutcome;
import dev.rill.load.faults.client.PromptOutcome.Ending;
import dev.rill.load.faults.prompt.PromptPlan;
import dev.rill.load.stack.ModelStats;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The verdict on one prompt: by what its client saw, what the log has, and what it cost.
 *
 * @param modelCalls the number of model calls for it
 * @param problems the broken promises, a phrase each
 */
public record PromptVerdict(PromptOutcome answer, Finding finding, int modelCalls, List<String> problems) {

    /** Messages of a conversation that the model's statistics keep. */
    private static final int EARLIER_SHOWN = 50;

    public PromptVerdict {
        problems = List.copyOf(problems);
    }

    /**
     * Judges one prompt.
     *
     * @param calls the requests that the model got for this prompt
     */
    public static PromptVerdict of(Turn turn, Finding finding, List<ModelStats.Request> calls, Allowance allowance) {
        var answer = turn.answer();
        var problems = Stream.of(
                        ending(answer),
                        answer.irregularities().problems(),
                        finding.problems(),
                        cost(answer, calls, allowance),
                        repeats(answer, allowance),
                        history(turn, calls))
                .flatMap(Collection::stream)
                .toList();
        return new PromptVerdict(answer, finding, calls.size(), problems);
    }

    public long missing() {
        return answer.irregularities().missing() + finding.missing();
    }

    public int doubled() {
        return answer.irregularities().doubled() + finding.doubled();
    }

    public boolean hanging() {
        return answer.ending() == Ending.HANGING || (answer.responseId().isPresent() && !finding.ended());
    }

    boolean kept() {
        return problems.isEmpty() && missing() == 0 && doubled() == 0 && !hanging();
    }

    private static List<String> ending(PromptOutcome answer) {
        return switch (answer.ending()) {
            case HANGING ->
                List.of("no terminal event in time, after number "
                        + answer.received().lastSeen() + " (" + answer.reason() + ")");
            case COMPLETED ->
                answer.plan().script().outcome() == PromptPlan.ModelOutcome.FAILED
                        ? List.of("completed, though the model was told to fail")
                        : List.of();
            case FAILED, INCOMPLETE, REFUSED -> List.of();
        };
    }

    private static List<String> cost(PromptOutcome answer, List<ModelStats.Request> calls, Allowance allowance) {
        var problems = new ArrayList<String>();
        var allowed = allowance.modelCalls(answer.plan().script(), calls);
        if (calls.size() > allowed) {
            problems.add(calls.size() + " model calls, where " + allowed + " are allowed: "
                    + String.join(
                            ", ",
                            calls.stream().map(ModelStats.Request::outcome).toList()));
        }
        // A client whose connection was lost can't know of its response; every other client must.
        if (answer.ending() == Ending.REFUSED
                && !calls.isEmpty()
                && !answer.session().cutOff()) {
            problems.add("the model was called, but the client got no event of the response (" + answer.reason() + ")");
        }
        return problems;
    }

    private static List<String> repeats(PromptOutcome answer, Allowance allowance) {
        var unexcused = answer.irregularities().repeats().stream()
                .filter(at -> !allowance.mayRepeat(at))
                .count();
        return unexcused == 0 ? List.of() : List.of(unexcused + " events arrived twice on one connection, unrequested");
    }

    private static List<String> history(Turn turn, List<ModelStats.Request> calls) {
        var expected = turn.earlier()
                .subList(
                        Math.max(0, turn.earlier().size() - EARLIER_SHOWN),
                        turn.earlier().size());
        var differing = new TreeSet<Integer>();
        for (var call : calls) {
            if (!call.earlier().equals(expected)) {
                differing.add(call.earlier().size());
            }
        }
        return differing.isEmpty()
                ? List.of()
                : List.of("the model got another conversation: " + differing + " messages before the prompt, not "
                        + expected.size() + " or with other words");
    }
}
