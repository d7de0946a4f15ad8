package dev.rill.load.faults.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.faults.client.EventTracker.Attempt;
import dev.rill.load.faults.client.EventTracker.NextStep;
import dev.rill.load.faults.wire.ServerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventTrackerTest {

    private final EventTracker books = new EventTracker();
    private final List<NextStep> moves = new ArrayList<>();

    /**
     * Events as words: {@code c0 q1 d2:ab r3:2 e4:ab} are created, queued, a delta {@code ab}, the announcement of
     * attempt 2, and completed with {@code ab} as its whole text; {@code p} is a pong and {@code x} an error.
     */
    private void hear(String trace) {
        for (var word : trace.split(" ", -1)) {
            moves.add(books.accept(ServerEvent.parse(json(word)), Instant.EPOCH));
        }
    }

    private static String json(String word) {
        var parts = word.split(":", 2);
        var number = parts[0].substring(1);
        var rest = parts.length == 2 ? parts[1] : "";
        return switch (word.charAt(0)) {
            case 'c' -> event("response.created", number, ",\"response\":{\"id\":\"resp_1\"}");
            case 'n' -> event("response.created", number, ",\"response\":{\"id\":\"resp_2\"}");
            case 'q' -> event("response.queued", number, "");
            case 'd' -> event("response.output_text.delta", number, ",\"delta\":\"" + rest + "\"");
            case 'r' -> event("rill:response.restarted", number, ",\"attempt\":" + rest);
            case 'e' ->
                event(
                        "response.completed",
                        number,
                        ",\"response\":{\"id\":\"resp_1\",\"output\":[{\"content\":["
                                + "{\"type\":\"output_text\",\"text\":\"" + rest + "\"}]}]}");
            case 'f' -> event("response.failed", number, ",\"response\":{\"error\":{\"code\":\"server_error\"}}");
            case 'x' -> "{\"type\":\"error\",\"error\":{\"code\":\"server_error\"}}";
            case 'p' -> "{\"type\":\"rill:pong\"}";
            default -> throw new IllegalArgumentException(word);
        };
    }

    private static String event(String type, String number, String rest) {
        return "{\"type\":\"" + type + "\",\"sequence_number\":" + number + rest + "}";
    }

    @Test
    void eventsOfALaterResponseAreIgnoredAfterAFailure() {
        hear("c0 q1 f2 n0 q1 d2:a");

        assertThat(books.problems()).isEmpty();
        assertThat(books.doubled()).isZero();
    }

    @Test
    void secondResponseWithoutAFailureIsAProblem() {
        hear("c0 q1 n0");

        assertThat(books.problems()).isNotEmpty();
    }

    @Test
    void eachNumberIsAcceptedOnce() {
        hear("c0 q1 d2:a d3:b e4:ab");

        assertThat(moves)
                .containsExactly(NextStep.TAKEN, NextStep.TAKEN, NextStep.TAKEN, NextStep.TAKEN, NextStep.DONE);
        assertThat(books.text()).isEqualTo("ab");
        assertThat(books.responseId()).contains("resp_1");
        assertThat(books.problems()).isEmpty();
        assertThat(books.missing()).isZero();
    }

    @Test
    void repeatedEventIsDropped() {
        hear("c0 q1 d2:a q1 d2:a d3:b e4:ab");

        assertThat(books.dropped()).isEqualTo(2);
        assertThat(books.doubled()).isZero();
        assertThat(books.text()).isEqualTo("ab");
        assertThat(books.problems()).isEmpty();
    }

    @Test
    void missingEventsAreRequestedOnce() {
        hear("c0 q1 d3:b d4:c");

        assertThat(moves).containsExactly(NextStep.TAKEN, NextStep.TAKEN, NextStep.RESUME, NextStep.READ);
        assertThat(books.lastSeen()).isEqualTo(1);
        assertThat(books.missing()).isEqualTo(3);

        hear("d2:a d3:b d4:c d6:e");

        assertThat(moves.getLast()).as("a new gap").isEqualTo(NextStep.RESUME);
        assertThat(books.text()).isEqualTo("abc");
        assertThat(books.dropped()).isZero();
    }

    @Test
    void gapOnANewConnectionIsNotRequestedTwice() {
        hear("c0 q1");
        books.requested();
        hear("d5:x");

        assertThat(moves.getLast()).isEqualTo(NextStep.READ);

        books.reconnected();
        hear("d6:x");

        assertThat(moves.getLast()).isEqualTo(NextStep.RESUME);
    }

    @Test
    void restartDiscardsTheOutput() {
        hear("c0 q1 d2:old d3:er r4:2 r5:2 d6:new e7:new");

        assertThat(books.text()).isEqualTo("new");
        assertThat(books.restarts()).isEqualTo(1);
        assertThat(books.attempts()).containsExactly(new Attempt(1, 0, 3), new Attempt(2, 4, 7));
        assertThat(books.problems()).isEmpty();
    }

    @Test
    void restartMayReplaceAnEventOfADeadAttempt() {
        hear("c0 q1 d2:old d3:er r2:2 r3:2 r4:2 d3:er d5:new e6:new");

        assertThat(books.doubled()).isZero();
        assertThat(books.dropped()).isEqualTo(3);
        assertThat(books.problems()).isEmpty();
    }

    @Test
    void numberWithTwoTypesIsAProblem() {
        hear("c0 q1 d2:a d2:b");

        assertThat(books.doubled()).isEqualTo(1);
        assertThat(books.problems()).singleElement().asString().contains("number 2 is");
    }

    @Test
    void numberWithTwoContentsIsAProblem() {
        hear("c0");
        books.accept(
                ServerEvent.parse("{\"type\":\"response.queued\",\"sequence_number\":1,\"response\":{}}"),
                Instant.EPOCH);
        hear("q1");

        assertThat(books.doubled()).isEqualTo(1);
    }

    @Test
    void responseIdIsTakenFromALaterEvent() {
        books.accept(
                ServerEvent.parse(
                        "{\"type\":\"response.in_progress\",\"sequence_number\":2,\"response\":{\"id\":\"resp_2\"}}"),
                Instant.EPOCH);

        assertThat(books.responseId()).contains("resp_2");
        assertThat(books.lastSeen()).isEqualTo(-1);
    }

    @Test
    void rejectionBeforeAcceptanceIsRemembered() {
        hear("x c0 q1");

        assertThat(books.rejection()).contains("server_error");
    }

    @ParameterizedTest
    @CsvSource({"c0 q1 e2: f3", "c0 q1 e2: d3:a", "c0 q1 e2: e3:"})
    void eventAfterTheTerminalEventIsAProblem(String trace) {
        hear(trace);

        assertThat(books.doubled()).isEqualTo(1);
        assertThat(books.end())
                .hasValueSatisfying(end -> assertThat(end.number()).hasValue(2));
    }

    @Test
    void terminalEventWithAnotherTextIsAProblem() {
        hear("c0 q1 d2:ab e3:ac");

        assertThat(books.problems()).singleElement().asString().contains("text");
    }

    @Test
    void refusedRequestIsRepeated() {
        hear("x p c0 x");

        assertThat(moves).containsExactly(NextStep.ASK_AGAIN, NextStep.READ, NextStep.TAKEN, NextStep.ASK_AGAIN);
    }
}
