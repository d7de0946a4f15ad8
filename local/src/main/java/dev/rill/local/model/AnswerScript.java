package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.local.model.Behaviour.Content;
import dev.rill.local.model.Behaviour.Fault;
import dev.rill.local.model.Behaviour.Reasoning;
import dev.rill.local.model.ResponseEvents.Summary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Composes one response as steps: what the model says, thinks and calls, and the faults between the events. Sends
 * nothing itself.
 */
final class AnswerScript {

    private static final int LARGE_DELTA = 256;
    private static final int OUTPUT_SHOWN = 1000;
    private static final String ENOUGH = "\n\nThat is all that I needed to know.";

    private final ResponseRequest request;
    private final Behaviour behaviour;
    private final String prompt;
    private final ReasoningSeal seal;
    private final ResponseResource resource;
    private final ResponseEvents answer;

    /**
     * @param prompt the prompt without commands
     * @param seal signs reasoning
     */
    AnswerScript(
            ResponseRequest request,
            Behaviour behaviour,
            String prompt,
            ReasoningSeal seal,
            RandomGenerator random,
            Instant createdAt) {
        this.request = request;
        this.seal = seal;
        this.behaviour = behaviour;
        this.prompt = prompt;
        var ids = new Ids(random);
        this.resource = new ResponseResource(request, ids.next("resp"), createdAt);
        this.answer = new ResponseEvents(request, resource, behaviour.dialect(), ids);
    }

    String id() {
        return resource.id();
    }

    /** The output items, once {@link #steps} has composed them. */
    ArrayNode output() {
        return answer.output();
    }

    /** All steps of the response, including faults. */
    List<Step> steps() {
        answer.begin();
        reason();
        var calls = new ToolPlan(request, behaviour.content(), prompt).calls();
        if (calls.isEmpty()) {
            say();
        } else {
            calls.forEach(answer::call);
        }
        answer.end();
        return numbered(withFault());
    }

    private void reason() {
        var commanded = behaviour.reasoning() == Reasoning.ALOUD;
        if (commanded || request.asksForReasoning()) {
            answer.reasoning(new ResponseEvents.Reasoning(
                    Pieces.words(Prose.thoughtsAbout(prompt)),
                    commanded || request.asksForSummary() ? Summary.SHOWN : Summary.HIDDEN,
                    request.includes("reasoning.encrypted_content") ? Optional.of(seal) : Optional.empty()));
        }
    }

    private void say() {
        switch (behaviour.content()) {
            case Content.Prose _, Content.ToolCall _ -> say(prose());
            case Content.Count(int to) ->
                say(IntStream.rangeClosed(1, to)
                        .mapToObj(n -> n == 1 ? "1" : " " + n)
                        .toList());
            case Content.Echo _ -> say(Pieces.words(prompt));
            case Content.Large(int kilobytes) -> say(Pieces.slices(Prose.filler(kilobytes * 1024), LARGE_DELTA));
            case Content.Help _ -> say(Pieces.words(Commands.HELP));
            case Content.Refusal _ ->
                answer.message(new OutputPart.Refusal(), Pieces.words("I am sorry, but I was told to refuse this."));
        }
    }

    private void say(List<String> pieces) {
        answer.message(new OutputPart.Text(request.logprobs()), pieces);
    }

    /** About the prompt, or about the outputs of the functions that it led to. */
    private List<String> prose() {
        var outputs = request.functionOutputs(OUTPUT_SHOWN);
        var format = request.textFormat();
        return switch (outputs.size()) {
            case 0 -> format.pieces(Prose.about(prompt), prompt);
            case 1 ->
                format.pieces(
                        "The tool answered: " + outputs.getFirst().text() + ENOUGH,
                        outputs.getFirst().text());
            default ->
                format.pieces(
                        outputs.stream()
                                .map(output -> "The tool " + output.name() + " answered: " + output.text())
                                .collect(Collectors.joining("\n\n", "", ENOUGH)),
                        outputs.getLast().text());
        };
    }

    private List<Step> withFault() {
        var events = answer.events();
        return switch (behaviour.fault()) {
            case Fault.None _, Fault.Refuse _, Fault.WebPage _ -> steps(events);
            case Fault.Stall(int after) -> cut(after, new Step.Stall());
            case Fault.BreakOff(int after) -> cut(after, new Step.BreakOff());
            case Fault.EndEarly(int after) -> steps(events.subList(0, indexAfter(after)));
            case Fault.Nonsense(int after) -> {
                var steps = steps(events);
                steps.add(indexAfter(after), new Step.Garble());
                yield steps;
            }
            case Fault.ErrorEvent(int after, String code) -> cut(after, new Step.Send(error(code)));
            case Fault.Failed(int after, String code) ->
                cut(after, new Step.Send(ResponseEvents.response("response.failed", resource.failed(code))));
        };
    }

    private List<Step> cut(int afterDeltas, Step last) {
        var steps = steps(answer.events().subList(0, indexAfter(afterDeltas)));
        steps.add(last);
        return steps;
    }

    private static List<Step> steps(List<ObjectNode> events) {
        var steps = new ArrayList<Step>();
        events.forEach(event -> steps.add(new Step.Send(event)));
        return steps;
    }

    /** The index after that many deltas, at most the index of the terminal event. */
    private int indexAfter(int wanted) {
        if (wanted == 0) {
            return 0;
        }
        var events = answer.events();
        var seen = 0;
        for (int i = 0; i < events.size() - 1; i++) {
            if (new Step.Send(events.get(i)).delta() && ++seen == wanted) {
                return i + 1;
            }
        }
        return events.size() - 1;
    }

    private static List<Step> numbered(List<Step> steps) {
        var number = 0;
        for (var step : steps) {
            if (step instanceof Step.Send(var event)) {
                event.put("sequence_number", number++);
            }
        }
        return steps;
    }

    private static ObjectNode error(String code) {
        var event = ResponseEvents.event("error");
        event.putObject("error")
                .put("type", code)
                .put("code", code)
                .put("message", "The simulated model was told to fail.")
                .putNull("param");
        return event;
    }
}
