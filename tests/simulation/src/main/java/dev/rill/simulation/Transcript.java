package dev.rill.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one client knows of one answer: it takes the next number, drops one that it has, and asks again where a number
 * is left out.
 */
final class Transcript {

    private final List<Taken> taken = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private String endText = "";
    private final Set<Long> onThisLine = new HashSet<>();
    private Optional<String> responseId = Optional.empty();
    private boolean another;
    private boolean askedAgain;
    private int asksOnThisLine;
    private int repeated;
    private int gaps;
    private boolean restarted;

    /** An event that was taken. */
    record Taken(long number, String type, String json) {}

    /** What the client does next. */
    enum Move {
        READ,
        TAKEN,
        RESUME,
        DONE
    }

    Move hear(String json) {
        var payload = Json.findObject(json).orElseThrow();
        var type = payload.path("type").asText();
        if (!payload.path("sequence_number").isIntegralNumber()) {
            problems.add("an event without a number: " + type);
            return Move.READ;
        }
        if (isOfAnother(type, payload)) {
            return Move.READ;
        }
        long number = payload.path("sequence_number").asLong();
        if (!onThisLine.add(number) && asksOnThisLine <= 1) {
            repeated++;
        }
        if (number < taken.size()) {
            drop(taken.get((int) number), type, json);
            return Move.READ;
        }
        if (hasEnded()) {
            problems.add(type + " with number " + number + " after the end");
            return Move.READ;
        }
        if (number > taken.size()) {
            responseId = responseId.or(() -> id(payload));
            gaps++;
            var first = !askedAgain;
            askedAgain = true;
            return first ? Move.RESUME : Move.READ;
        }
        take(number, type, json, payload);
        return hasEnded() ? Move.DONE : Move.TAKEN;
    }

    /** A new line: what has come on another may come again. */
    void onNewLine() {
        asksOnThisLine = 0;
        onThisLine.clear();
        askedAgain = false;
    }

    /** The client has asked for what follows: it may be sent what it has. */
    void onAskedAgain() {
        asksOnThisLine++;
        askedAgain = true;
    }

    private void take(long number, String type, String json, ObjectNode payload) {
        askedAgain = false;
        if (taken.isEmpty()) {
            responseId = responseId.or(() -> id(payload));
            if (!type.equals(EventTypes.CREATED)) {
                problems.add("begins with " + type);
            }
        }
        taken.add(new Taken(number, type, json));
        switch (type) {
            case EventTypes.RESTARTED -> {
                text.setLength(0);
                restarted = true;
            }
            case EventTypes.OUTPUT_TEXT_DELTA ->
                text.append(payload.path("delta").asText());
            case EventTypes.COMPLETED, EventTypes.INCOMPLETE, EventTypes.FAILED -> {
                var whole = textOf(payload);
                endText = whole;
                // An attempt that only ends the response repeats the output that the restart has discarded.
                boolean discarded = text.isEmpty() && restarted && !type.equals(EventTypes.COMPLETED);
                if (!discarded && !whole.contentEquals(text)) {
                    problems.add("the terminal event says '" + whole + "', and the client has read '" + text + "'");
                }
            }
            default -> {}
        }
    }

    private void drop(Taken before, String type, String json) {
        if (!before.json.equals(json)
                && !before.type.equals(EventTypes.RESTARTED)
                && !type.equals(EventTypes.RESTARTED)) {
            problems.add("number " + before.number + " is " + before.json + " and also " + json);
        }
    }

    /** A repeat that arrives after its answer has failed begins another one, which is no part of this transcript. */
    private boolean isOfAnother(String type, ObjectNode payload) {
        another |= type.equals(EventTypes.CREATED)
                && end().filter(end -> end.type.equals(EventTypes.FAILED)).isPresent()
                && !id(payload).equals(responseId);
        return another;
    }

    private static Optional<String> id(ObjectNode payload) {
        var id = payload.path("response").path("id");
        return id.isTextual() ? Optional.of(id.textValue()) : Optional.empty();
    }

    private static String textOf(ObjectNode payload) {
        var text = new StringBuilder();
        for (var item : payload.path("response").path("output")) {
            for (var part : item.path("content")) {
                text.append(part.path("text").asText());
            }
        }
        return text.toString();
    }

    boolean hasEnded() {
        return end().isPresent();
    }

    Optional<Taken> end() {
        return taken.isEmpty() || !EventTypes.isTerminal(taken.getLast().type)
                ? Optional.empty()
                : Optional.of(taken.getLast());
    }

    List<Taken> taken() {
        return List.copyOf(taken);
    }

    Optional<String> responseId() {
        return responseId;
    }

    long lastSeen() {
        return taken.size() - 1L;
    }

    String text() {
        return text.toString();
    }

    /** The text of the terminal event, which also has what a restart has discarded; empty before it. */
    String endText() {
        return endText;
    }

    /** How many events came before one with a smaller number that the client lacks. */
    int gaps() {
        return gaps;
    }

    /** How many events came twice on one line, unasked. */
    int repeated() {
        return repeated;
    }

    List<String> problems() {
        return List.copyOf(problems);
    }
}
