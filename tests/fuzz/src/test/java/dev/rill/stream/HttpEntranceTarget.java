package dev.rill.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.auth.Authenticator;
import dev.rill.auth.Origins;
import dev.rill.auth.TicketIssuer;
import dev.rill.auth.TicketRedeemer;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limits;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.Flow;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.streaming.Invocation;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import dev.rill.streaming.StreamingHandler;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP request, through the function to the response that it gets. The first byte of an input picks method,
 * media type, encoding, compression and whether the deployment is closed; then come a line each for path, query and
 * {@code Idempotency-Key}, or {@code Last-Event-ID} of a {@code GET}, or {@code Authorization} where it is closed; the
 * rest is the body. A closed one knows no key.
 */
public final class HttpEntranceTarget implements FuzzTarget {

    private static final List<String> METHODS = List.of("POST", "GET", "DELETE", "POST");
    private static final List<String> TYPES =
            List.of("application/json", "text/plain", "application/json; charset=utf-8", "");

    private static final List<String> CODINGS = List.of("", "gzip", "deflate", "br");

    private static final int CLOSED = 32;

    @Override
    public void test(byte[] input) throws Exception {
        boolean closed = (kind(input) & CLOSED) != 0;
        var flow = new Flow();
        var answer = new Answered();
        var deadline = String.valueOf(flow.time.instant().plusSeconds(30).toEpochMilli());
        var invocation = new Invocation(
                event(input),
                Map.of("Lambda-Runtime-Aws-Request-Id", "r", "Lambda-Runtime-Deadline-Ms", deadline),
                Clock.fixed(flow.time.instant(), ZoneOffset.UTC));
        StreamingHandler.http(routes(flow, closed ? closed(flow) : AccessPolicy.OPEN.with(Limits.ofPlaces(10, 50))))
                .handle(invocation, answer);
        flow.requireUnbroken();
        answer.check();
        if (closed && Route.findOpen(Request.of(invocation)).isEmpty()) {
            Checks.require(answer.status() == 400 || answer.status() == 401, "a request without a key was answered");
        }
        if (closed) {
            Checks.require(flow.queue.poll().isEmpty() && flow.model.requests().isEmpty(), "the flow was reached");
        }
    }

    private static Routes routes(Flow flow, AccessPolicy policy) {
        return new Routes(
                flow.chat,
                new Ports(flow.model, flow.sockets, flow.queue, new InMemoryCurrentResponses(flow.time)),
                new Entrance(() -> policy),
                new TicketIssuer(new InMemoryTickets(flow.time), new Random(1), flow.time),
                WebPage.packed(Optional.empty(), "default-model"));
    }

    private static AccessPolicy closed(Flow flow) {
        return new AccessPolicy(
                Authenticator.closed(
                        Optional.of(new InMemoryApiKeys(flow.time)), Optional.empty(), TicketRedeemer.NONE, flow.time),
                Origins.parse(""));
    }

    private static int kind(byte[] input) {
        return input.length == 0 ? 0 : input[0];
    }

    private static byte[] event(byte[] input) {
        int kind = kind(input);
        int bodyAt = Math.min(1, input.length);
        var lines = new String[3];
        for (int line = 0; line < lines.length; line++) {
            int end = bodyAt;
            while (end < input.length && input[end] != '\n') {
                end++;
            }
            lines[line] = new String(input, bodyAt, end - bodyAt, UTF_8);
            bodyAt = Math.min(end + 1, input.length);
        }
        var event = Json.object()
                .put("version", "2.0")
                .put("rawPath", "/" + lines[0])
                .put("rawQueryString", lines[1]);
        event.putObject("requestContext")
                .putObject("http")
                .put("method", METHODS.get(kind & 3))
                .put("sourceIp", "192.0.2.1");
        var headers = event.putObject("headers").put("content-type", TYPES.get(kind >> 2 & 3));
        if (!lines[2].isEmpty()) {
            headers.put(thirdHeader(kind), lines[2]);
        }
        headers.put("content-encoding", CODINGS.get(kind >> 6 & 3));
        var body = Arrays.copyOfRange(input, bodyAt, input.length);
        var binary = (kind & 16) != 0;
        event.put("body", binary ? Base64.getEncoder().encodeToString(body) : new String(body, UTF_8));
        event.put("isBase64Encoded", binary);
        return Json.write(event).getBytes(UTF_8);
    }

    private static String thirdHeader(int kind) {
        if ((kind & CLOSED) != 0) {
            return "authorization";
        }
        return METHODS.get(kind & 3).equals("GET") ? "last-event-id" : "idempotency-key";
    }

    /** Keeps the response. */
    private static final class Answered implements ResponseStream {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private @Nullable ResponseHead head;

        @Override
        public OutputStream open(ResponseHead opened) {
            Checks.require(head == null, "the answer is opened twice");
            head = opened;
            return body;
        }

        @Override
        public OutputStream openRaw(String contentType) {
            throw new AssertionError("an answer without a status");
        }

        @Override
        public boolean isOpen() {
            return head != null;
        }

        int status() {
            return head == null ? 0 : head.status();
        }

        String text() {
            return body.toString(UTF_8);
        }

        void check() {
            if (head == null) {
                throw new AssertionError("no answer");
            }
            Checks.require(head.status() < 500, "the server failed with " + head.status());
            if (head.status() >= 400) {
                var text = text();
                Checks.require(Checks.isJson(text) && text.contains("\"code\":\""), "an error without a code");
            }
        }
    }
}
