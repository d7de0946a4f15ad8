package dev.rill.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Chat;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Submission;
import dev.rill.chat.model.Model;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.HttpHandler;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The HTTP API. An invalid request gets its error status before any byte of a response is committed. Safe for use by
 * many threads.
 *
 * <table>
 * <caption>Routes; {@code /v1} may be left out</caption>
 * <tr><td>{@code POST /}</td><td>text in, text out</td></tr>
 * <tr><td>{@code POST /v1/responses}</td><td>answers the request, or queues it if {@code background} is true</td></tr>
 * <tr><td>{@code GET /v1/responses/{id}}</td><td>the response, or its events if {@code stream=true}</td></tr>
 * <tr><td>{@code POST /v1/responses/{id}/cancel}</td><td>cancels the response</td></tr>
 * <tr><td>{@code DELETE /v1/responses/{id}}</td><td>deletes the response</td></tr>
 * </table>
 */
public final class Routes implements HttpHandler {

    /** Time left before Lambda kills the process: enough to end the response. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    /** How long a cancel waits for the end of the response, which an attempt reaches within about a second. */
    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(3);

    /** The media types of a plain text; the last one is what {@code curl -d} sends by default. */
    private static final Set<String> TEXT_TYPES = Set.of("", "text/plain", "application/x-www-form-urlencoded");

    private static final Pattern RESPONSES = Pattern.compile("(?:/v1)?/responses");
    private static final Pattern RESPONSE = Pattern.compile("(?:/v1)?/responses/([^/]+)");
    private static final Pattern CANCEL = Pattern.compile("(?:/v1)?/responses/([^/]+)/cancel");
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[ -~]{1,255}");

    private final Chat chat;
    private final Model model;
    private final Sockets sockets;
    private final TaskQueue tasks;

    public Routes(Chat chat, Model model, Sockets sockets, TaskQueue tasks) {
        this.chat = chat;
        this.model = model;
        this.sockets = sockets;
        this.tasks = tasks;
    }

    @Override
    public void handle(Request request, ResponseStream response) throws Exception {
        try {
            route(request, response);
        } catch (ApiException e) {
            HttpErrors.send(response, e.error());
        } catch (MethodNotAllowed e) {
            HttpErrors.send(
                    response,
                    e.error(),
                    ResponseHeads.of(405, "application/json").header("allow", e.allowed()));
        }
    }

    private void route(Request request, ResponseStream response) throws Exception {
        var path = request.path();
        var one = RESPONSE.matcher(path);
        var cancel = CANCEL.matcher(path);
        if (path.equals("/")) {
            requireMethod(request, "POST");
            answerText(request, response);
        } else if (RESPONSES.matcher(path).matches()) {
            requireMethod(request, "POST");
            create(request, response);
        } else if (one.matches()) {
            switch (request.method()) {
                case "GET" -> get(id(one), request, response);
                case "DELETE" -> delete(id(one), response);
                default -> throw new MethodNotAllowed(request.method(), "GET, DELETE");
            }
        } else if (cancel.matches()) {
            requireMethod(request, "POST");
            cancel(id(cancel), response);
        } else {
            throw ApiException.of(
                    404, "not_found", "There is nothing at " + path + ". POST to /v1/responses, or text to /.", null);
        }
    }

    private void answerText(Request request, ResponseStream response) throws Exception {
        requireMediaType(request, TEXT_TYPES, "text/plain");
        respond(CreateRequest.ofText(text(request)), Format.TEXT, request, response);
    }

    private void create(Request request, ResponseStream response) throws Exception {
        requireMediaType(request, Set.of("application/json"), "application/json");
        var body = CreateRequest.of(Json.findObjectFromClient(text(request)).orElseThrow(ApiException::notJson));
        if (body.body().has("generate")) {
            throw ApiException.unsupported("generate", "It belongs to a socket.");
        }
        var format = body.streamed() ? Format.EVENTS : Format.JSON;
        if (!body.background()) {
            respond(body, format, request, response);
            return;
        }
        var id = chat.submit(submission(body, request), sockets, tasks);
        switch (format) {
            case EVENTS -> follow(id, -1, request, response);
            case JSON, TEXT -> send(response, chat.retrieve(id, Subject.ANONYMOUS));
        }
    }

    private void respond(CreateRequest body, Format format, Request request, ResponseStream response)
            throws ApiException, InterruptedException, IOException {
        var sink = HttpSink.answering(response, format);
        var _ = chat.respond(submission(body, request), deadline(request), model, sockets, tasks, sink);
        sink.end();
    }

    private void follow(ResponseId id, long startingAfter, Request request, ResponseStream response)
            throws ApiException, InterruptedException, IOException {
        var sink = HttpSink.following(response);
        chat.follow(id, Subject.ANONYMOUS, startingAfter, tasks, sink, deadline(request));
        sink.end();
    }

    private void get(ResponseId id, Request request, ResponseStream response) throws Exception {
        var after = startingAfter(request);
        if (request.query("stream").filter("true"::equals).isPresent()) {
            follow(id, after, request, response);
        } else {
            send(response, chat.retrieve(id, Subject.ANONYMOUS));
        }
    }

    private void cancel(ResponseId id, ResponseStream response) throws Exception {
        chat.cancel(id, Subject.ANONYMOUS, Optional.empty(), sockets);
        send(response, chat.awaitEnd(id, Subject.ANONYMOUS, CANCEL_TIMEOUT));
    }

    private void delete(ResponseId id, ResponseStream response) throws Exception {
        chat.delete(id, Subject.ANONYMOUS);
        send(
                response,
                Json.object().put("id", id.value()).put("object", "response").put("deleted", true));
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static ResponseId id(Matcher path) throws ApiException {
        return ResponseId.find(path.group(1)).orElseThrow(() -> ApiException.noResponse("response_id"));
    }

    private static Submission submission(CreateRequest body, Request request) throws ApiException {
        var key = request.header("idempotency-key");
        if (key.isPresent() && !IDEMPOTENCY_KEY.matcher(key.get()).matches()) {
            throw ApiException.invalidValue("Idempotency-Key", "it has 1 to 255 printable ASCII characters");
        }
        return new Submission(
                body,
                Subject.ANONYMOUS,
                Optional.empty(),
                QuotaKey.of(Subject.ANONYMOUS, request.sourceIp()),
                key.map(value -> IdempotencyKey.of(Subject.ANONYMOUS, request.sourceIp(), value)));
    }

    private static Instant deadline(Request request) {
        return request.invocation().deadline().minus(MARGIN);
    }

    private static long startingAfter(Request request) throws ApiException {
        var after = request.query("starting_after").orElse("-1");
        if (!after.matches("-1|\\d{1,18}")) {
            throw ApiException.invalidValue("starting_after", "it is a sequence number");
        }
        return Long.parseLong(after);
    }

    private static void send(ResponseStream response, ObjectNode body) throws IOException {
        try (var out = response.open(Format.JSON.head())) {
            out.write((Json.write(body) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void requireMethod(Request request, String method) throws MethodNotAllowed {
        if (!request.method().equals(method)) {
            throw new MethodNotAllowed(request.method(), method);
        }
    }

    private static void requireMediaType(Request request, Set<String> accepted, String expected) throws ApiException {
        var coding =
                request.header("content-encoding").orElse("identity").strip().toLowerCase(Locale.ROOT);
        if (!coding.equals("identity")) {
            throw ApiException.of(
                    415,
                    "unsupported_content_encoding",
                    "The body is compressed. Send it without a content-encoding.",
                    null);
        }
        var type = request.header("content-type")
                .orElse("")
                .split(";", 2)[0]
                .strip()
                .toLowerCase(Locale.ROOT);
        if (!accepted.contains(type)) {
            throw ApiException.of(415, "unsupported_media_type", "The content-type must be '" + expected + "'.", null);
        }
    }

    private static String text(Request request) throws ApiException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(request.body()))
                    .toString();
        } catch (CharacterCodingException _) {
            throw ApiException.of(400, "invalid_encoding", "The body is not UTF-8.", null);
        }
    }
}
