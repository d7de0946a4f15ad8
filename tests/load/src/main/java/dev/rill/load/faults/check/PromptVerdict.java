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
 * One prompt: what its client saw, what the log says, and what it cost.
 *
 * @param modelCalls how often the model was asked for it
 * @param problems what was not as promised, in words
 */
public record PromptVerdict(PromptOutcome answer, Finding finding, int modelCalls, List<String> problems) {

    /** As much of a conversation as the model's notes have. */
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
                        answer.problems(),
                        finding.problems(),
                        cost(answer, calls, allowance),
                        repeats(answer, allowance),
                        history(turn, calls))
                .flatMap(Collection::stream)
                .toList();
        return new PromptVerdict(answer, finding, calls.size(), problems);
    }

    public long missing() {
        return answer.missing() + finding.missing();
    }

    public int doubled() {
        return answer.doubled() + finding.doubled();
    }

    public boolean hanging() {
        return answer.ending() == Ending.HANGING || (answer.responseId().isPresent() && !finding.ended());
    }

    boolean kept() {
        return problems.isEmpty() && missing() == 0 && doubled() == 0 && !hanging();
    }

    private static List<String> ending(PromptOutcome answer) {
        return switch (answer.ending()) {
            case HANGING -> List.of("no end in time, after number " + answer.lastSeen() + " (" + answer.reason() + ")");
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
            problems.add(calls.size() + " calls of the model, where " + allowed + " are allowed: "
                    + String.join(
                            ", ",
                            calls.stream().map(ModelStats.Request::outcome).toList()));
        }
        // One whose line was lost cannot know; every other one would have heard of its response.
        if (answer.ending() == Ending.REFUSED && !calls.isEmpty() && !answer.cutOff()) {
            problems.add("the model was asked, and the client has heard nothing of it (" + answer.reason() + ")");
        }
        return problems;
    }

    private static List<String> repeats(PromptOutcome answer, Allowance allowance) {
        var unexcused =
                answer.repeats().stream().filter(at -> !allowance.mayRepeat(at)).count();
        return unexcused == 0 ? List.of() : List.of(unexcused + " events came twice on a healthy line, unasked");
    }

    private static List<String> history(Turn turn, List<ModelStats.Request> calls) {
        var expected = turn.earlier()
                .subList(
                        Math.max(0, turn.earlier().size() - EARLIER_SHOWN),
                        turn.earlier().size());
        var others = new TreeSet<Integer>();
        for (var call : calls) {
            if (!call.earlier().equals(expected)) {
                others.add(call.earlier().size());
            }
        }
        return others.isEmpty()
                ? List.of()
                : List.of("the model was told another conversation: " + others + " messages before the prompt, not "
                        + expected.size() + " or with other words");
    }
}
