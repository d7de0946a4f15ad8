package dev.rill.streaming;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * A failure for the operator's log.
 *
 * @param requestId the invocation that failed; null outside of an invocation
 * @param what one line: what failed, and the consequence
 * @param cause the exception; null if there is none
 */
public record Failure(
        @Nullable String requestId, String what, @Nullable Throwable cause) {

    /**
     * The failure and its stack trace as one line, with {@code " | "} for line breaks: CloudWatch makes a log event of
     * each line, which would split the stack trace.
     */
    public String toLine() {
        var text = new StringWriter();
        text.append("ERROR ")
                .append(requestId == null ? "-" : requestId)
                .append(' ')
                .append(what);
        if (cause != null) {
            text.append('\n');
            cause.printStackTrace(new PrintWriter(text, true));
        }
        return text.toString().strip().replaceAll("\\s*[\r\n]+\\s*", " | ");
    }
}
