package dev.rill.load.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.load.sequence.Verdict.Ending;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceCheckTest {

    private static final String TIMED_OUT =
            "{\"message\":\"Internal server error\",\"connectionId\":\"c\",\"requestId\":\"r\"}";

    @Test
    void errorsOfTheGatewayAndOfRillAreDistinguished() {
        var check = new SequenceCheck();
        check.accept(EventSummary.parse(TIMED_OUT));

        assertThat(check.isSettled()).isTrue();
        assertThat(check.verdict().outcome()).isEqualTo(Ending.GATEWAY_ERROR);
        assertThat(check.verdict().reason()).isEqualTo("Internal server error");
        assertThat(judge("x").outcome()).isEqualTo(Ending.FAILED);
    }

    @Test
    void answerAfterAGatewayErrorCounts() {
        var check = heard("");
        check.accept(EventSummary.parse(TIMED_OUT));
        for (var word : "c0 q1 e2".split(" ", -1)) {
            check.accept(EventSummary.parse(json(word)));
        }

        assertThat(check.verdict().outcome()).isEqualTo(Ending.ANSWERED);
    }

    /** Events as words: {@code c0 d1 e2} are created, a delta and a terminal event; {@code -} is a missing number. */
    private static Verdict judge(String trace) {
        return heard(trace).verdict();
    }

    private static SequenceCheck heard(String trace) {
        var check = new SequenceCheck();
        for (var word : trace.isEmpty() ? new String[0] : trace.split(" ")) {
            check.accept(EventSummary.parse(json(word)));
        }
        return check;
    }

    private static String json(String word) {
        var type = switch (word.charAt(0)) {
            case 'c' -> "response.created";
            case 'q' -> "response.queued";
            case 'd' -> "response.output_text.delta";
            case 'r' -> "rill:response.restarted";
            case 'e' -> "response.completed";
            case 'i' -> "response.incomplete";
            case 'f' -> "response.failed";
            case 'x' -> "error";
            case 'p' -> "rill:pong";
            default -> throw new IllegalArgumentException(word);
        };
        var number = word.substring(1);
        return switch (type) {
            case "error" -> "{\"type\":\"error\",\"error\":{\"code\":\"server_error\"}}";
            case "rill:pong" -> "{\"type\":\"rill:pong\"}";
            case "response.failed" ->
                "{\"type\":\"%s\",\"sequence_number\":%s,\"response\":{\"error\":{\"code\":\"model_busy\"}}}"
                        .formatted(type, number);
            default ->
                number.equals("-")
                        ? "{\"type\":\"%s\"}".formatted(type)
                        : "{\"type\":\"%s\",\"sequence_number\":%s}".formatted(type, number);
        };
    }

    private static String breaches(Verdict verdict) {
        return verdict.breaches().entrySet().stream()
                .map(it -> it.getKey() + " " + it.getValue())
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
      c0 q1 d2 d3 e4             | none
      c0 q1 d2 r3 d4 i5          | none
      c0 p- q1 e2                | none
      c0 q1 d3 e4                | GAP 1
      c0 q1 d5 e6                | GAP 3
      q1 d2 e3                   | GAP 1, NOT_CREATED_FIRST 1
      c0 q1 d2 d2 e3             | LATE 1
      c0 d2 q1 e3                | GAP 1, LATE 1
      c0 q1 d- e2                | UNNUMBERED 1
      c0 q1 e2 e3                | SECOND_END 1
      c0 q1 e2 f3                | SECOND_END 1
      c0 q1 e2 e2                | LATE 1, SECOND_END 1
      c0 q1 e2 d3                | AFTER_END 1
      """)
    void brokenPromisesAreCounted(String trace, String breaches) {
        assertThat(breaches(judge(trace))).isEqualTo(breaches == null ? "" : breaches);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      ''          | LOST     | false
      c0 q1 d2    | LOST     | false
      p-          | LOST     | false
      c0 q1 e2    | ANSWERED | true
      c0 q1 i2    | ANSWERED | true
      c0 q1 f2    | FAILED   | true
      x-          | FAILED   | true
      c0 x-       | LOST     | false
      c0 x- e1    | ANSWERED | true
      x- c0 d1    | LOST     | false
      x- c0 d1 e2 | ANSWERED | true
      c0 f1 e2    | FAILED   | true
      """)
    void endingFollowsFromTheEvents(String trace, Ending ending, boolean settled) {
        var check = heard(trace);

        assertThat(check.verdict().outcome()).isEqualTo(ending);
        assertThat(check.isSettled()).isEqualTo(settled);
    }

    @Test
    void verdictHasEventsDeltasAndReason() {
        assertThat(judge("c0 q1 d2 d3 f4"))
                .extracting(Verdict::events, Verdict::deltas, Verdict::reason)
                .containsExactly(5, 2, "response.failed model_busy");
        assertThat(judge("x-").reason()).isEqualTo("server_error");
        assertThat(judge("c0 e1").reason()).isEmpty();
    }

    @Test
    void gatewayMessageIsARefusal() {
        var check = new SequenceCheck();

        check.accept(EventSummary.parse(
                "{\"message\":\"Internal server error\",\"connectionId\":\"x\",\"requestId\":\"y\"}"));

        assertThat(check.verdict())
                .extracting(Verdict::outcome, Verdict::reason)
                .containsExactly(Ending.GATEWAY_ERROR, "Internal server error");
    }

    @Test
    void messageThatIsNoJsonIsARefusal() {
        var check = new SequenceCheck();

        check.accept(EventSummary.parse("<html>"));

        assertThat(check.verdict())
                .extracting(Verdict::outcome, Verdict::reason)
                .containsExactly(Ending.FAILED, "not JSON");
    }
}
