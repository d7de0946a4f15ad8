package dev.rill.streaming;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * Something that went wrong and that an operator should read once.
 *
 * @param requestId the invocation it belongs to, or null outside of one
 * @param what one line: what failed, and what becomes of it
 * @param cause what was thrown, or null where nothing was
 */
public record Failure(
        @Nullable String requestId, String what, @Nullable Throwable cause) {

    /**
     * The failure and its stack trace as one line, with {@code " | "} for line breaks: CloudWatch makes an event of
     * each line, and a trace in forty events is no trace.
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
