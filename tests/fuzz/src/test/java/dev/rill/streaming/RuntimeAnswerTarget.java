package dev.rill.streaming;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.fuzz.Pieces;
import java.io.IOException;
import java.time.Clock;
import java.util.Arrays;

/** Answers of Lambda's Runtime API, one after another on a connection. */
public final class RuntimeAnswerTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var whole = read(input, input.length + 1);
        Checks.require(
                read(input, 1).equals(whole) && read(input, 3).equals(whole), "pieces are read as other answers");
    }

    private static String read(byte[] input, int size) {
        var story = new StringBuilder();
        var reader = new AnswerReader(Pieces.of(input, size));
        try {
            for (int answers = 0; answers < 1_000; answers++) {
                var answer = reader.read();
                story.append(answer.status())
                        .append(answer.headers())
                        .append(answer.persistence())
                        .append(Arrays.hashCode(answer.body()))
                        .append('\n');
                invocation(answer);
            }
        } catch (IOException e) {
            Checks.requireQuotesNothing(e);
            story.append(e.getClass());
        }
        return story.toString();
    }

    private static void invocation(Answer answer) {
        try {
            var invocation = new Invocation(answer.body(), answer.headers(), Clock.systemUTC());
            Checks.require(!invocation.requestId().isEmpty(), "an invocation without an id");
            invocation.remaining();
        } catch (IllegalArgumentException e) {
            Checks.requireQuotesNothing(e);
        }
    }
}
