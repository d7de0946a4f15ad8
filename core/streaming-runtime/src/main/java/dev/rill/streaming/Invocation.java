package dev.rill.streaming;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One event and its metadata from Lambda. Immutable; safe for use by many threads.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next">Next invocation</a>
 */
public final class Invocation {

    static final String REQUEST_ID = "Lambda-Runtime-Aws-Request-Id";
    static final String DEADLINE = "Lambda-Runtime-Deadline-Ms";
    static final String FUNCTION_ARN = "Lambda-Runtime-Invoked-Function-Arn";
    static final String TRACE_ID = "Lambda-Runtime-Trace-Id";
    static final String INVOCATION_ID = "Lambda-Runtime-Invocation-Id";

    private final byte[] event;
    private final TreeMap<String, String> headers;
    private final Clock clock;
    private final String requestId;
    private final Instant deadline;

    /**
     * Creates an invocation from a response of the Runtime API. Tests of handlers may create their own.
     *
     * @param event the payload, not copied
     * @param headers the headers of the Runtime API; {@code Lambda-Runtime-Aws-Request-Id} and
     *     {@code Lambda-Runtime-Deadline-Ms} are required
     * @param clock the clock of {@link #remaining}
     * @throws IllegalArgumentException if a required header is missing or unreadable
     */
    public Invocation(byte[] event, Map<String, String> headers, Clock clock) {
        this.event = event;
        this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.putAll(headers);
        this.clock = clock;
        this.requestId = pathSegment(required(REQUEST_ID));
        this.deadline = Instant.ofEpochMilli(millis(required(DEADLINE)));
    }

    /** The id of the request, as in Lambda's own log lines. */
    public String requestId() {
        return requestId;
    }

    /**
     * The instant when Lambda kills the environment if the handler still runs. The runtime itself does not stop the
     * handler.
     */
    public Instant deadline() {
        return deadline;
    }

    /** The time until {@link #deadline}; zero if it has passed. */
    public Duration remaining() {
        var left = Duration.between(clock.instant(), deadline);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** The ARN of the invoked function, version or alias. */
    public Optional<String> functionArn() {
        return header(FUNCTION_ARN);
    }

    /** The X-Ray tracing header. */
    public Optional<String> traceId() {
        return header(TRACE_ID);
    }

    /**
     * A header of the Runtime API's response, such as {@code Lambda-Runtime-Client-Context}. The case of the name is
     * ignored.
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** A copy of the payload. */
    public byte[] event() {
        return event.clone();
    }

    /** The payload as text. */
    public String eventText() {
        return new String(event, StandardCharsets.UTF_8);
    }

    /** The payload as a stream, without a copy. It need not be closed. */
    public InputStream openEvent() {
        return new ByteArrayInputStream(event);
    }

    byte[] sharedEvent() {
        return event;
    }

    private String required(String name) {
        var value = headers.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the Runtime API's answer lacks the header " + name);
        }
        return value;
    }

    private static long millis(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            // Without the cause, whose message contains the header.
            throw new IllegalArgumentException(DEADLINE + " is not a number");
        }
    }

    /** The id is used in a request line. Characters that could end the path there are refused. */
    private static String pathSegment(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException(REQUEST_ID + " is empty");
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '/' || c == '?' || c == '#') {
                throw new IllegalArgumentException(REQUEST_ID + " is not a path segment");
            }
        }
        return id;
    }
}
